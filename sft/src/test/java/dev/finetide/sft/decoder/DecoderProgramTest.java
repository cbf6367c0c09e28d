package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.training.GradientCollector;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.Rope;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.sft.lora.LoraShape;
import dev.finetide.sft.lora.LoraWeights;
import dev.finetide.sft.lora.TargetModules;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The TorchScript program, with rows of several lengths, against [PlainDecoder], row by row.
class DecoderProgramTest {
    static Stream<Arguments> shapes() {
        Rope plain = new Rope(10000, new Rope.Unscaled());
        Rope linear = new Rope(500, new Rope.Linear(3));
        ModelConfig tied = config(40, 24, 36, 2, 4, 2, 6, 1e-5, plain, true);
        ModelConfig wideHeads = config(31, 16, 20, 3, 2, 1, 10, 1e-6, linear, false);
        LoraShape everywhere = lora(wideHeads, 3, 5, true, List.of("all-linear"));
        LoraShape some = lora(tied, 2, 4, false, List.of("v_proj", "down_proj"));
        LoraShape uneven = lora(wideHeads, 2, 3, false, List.of("0.self_attn.q_proj", "2.mlp.up_proj", "o_proj"));
        return Stream.of(
                Arguments.of(tied, Optional.empty()),
                Arguments.of(wideHeads, Optional.empty()),
                Arguments.of(tied, Optional.of(some)),
                Arguments.of(wideHeads, Optional.of(uneven)),
                Arguments.of(wideHeads, Optional.of(everywhere)));
    }

    private static LoraShape lora(ModelConfig config, int rank, double alpha, boolean rslora, List<String> targets) {
        return new LoraShape(rank, alpha, 0, rslora, false, TargetModules.of(config, targets));
    }

    private static ModelConfig config(
            int vocab,
            int hidden,
            int intermediate,
            int layers,
            int heads,
            int kvHeads,
            int headSize,
            double eps,
            Rope rope,
            boolean tied) {
        List<ModelConfig.Block> blocks = Collections.nCopies(layers, ModelConfig.Block.global(rope));
        ModelConfig.Variant variant = ModelConfig.Variant.plain(headSize);
        return new ModelConfig(
                "llama", vocab, hidden, intermediate, heads, kvHeads, headSize, 64, eps, tied, blocks, variant, false);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void lossAndGradientsEqualThePlainDecoder(ModelConfig config, Optional<LoraShape> lora) {
        try (PtNDManager manager = TorchRuntime.newManager();
                DecoderProgram program =
                        DecoderProgram.forTraining(manager, config, lora, Precision.FP32, 0, KeptActivations.ALL)) {
            Parameters weights = Parameters.random(manager, WeightLayout.base(config), 0.3, 1, 1);
            Optional<Parameters> adapter =
                    lora.map(shape -> Parameters.random(manager, LoraWeights.shapes(config, shape), 0.3, 1, 2));
            List<NDArray> parameters = weights.arrays();
            adapter.ifPresent(a -> parameters.addAll(a.arrays()));
            List<TokenizedRow> rows = rows(config.vocab());
            NDList actual = program.gradients(manager, Batch.of(manager, rows), parameters);

            Parameters learning = adapter.orElse(weights);
            Map<String, NDArray> named = new HashMap<>();
            weights.names().forEach(name -> named.put(name, weights.array(name)));
            adapter.ifPresent(a -> a.names().forEach(name -> named.put(name, a.array(name))));
            learning.arrays().forEach(array -> array.setRequiresGradient(true));
            PlainDecoder plain = new PlainDecoder(config, named, lora.orElse(null));
            double loss = 0;
            for (TokenizedRow row : rows) {
                try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                    NDArray rowLoss = plain.loss(manager, row.ids(), row.supervised());
                    collector.backward(rowLoss);
                    loss += rowLoss.getFloat();
                }
            }
            assertThat((double) actual.head().getFloat()).isCloseTo(loss, Offset.offset(1e-5 * loss));
            for (int i = 0; i < learning.names().size(); i++) {
                String name = learning.names().get(i);
                NDArray expected = learning.array(name).getGradient();
                double difference = actual.get(i + 1).sub(expected).norm().getFloat();
                assertThat(difference / expected.norm().getFloat()).as(name).isLessThan(2e-5);
            }
        }
    }

    private static List<TokenizedRow> rows(int vocab) {
        Random random = new Random(5);
        return Stream.of(5, 9, 2, 9)
                .map(length -> {
                    int[] ids = random.ints(length, 0, vocab).toArray();
                    boolean[] supervised = new boolean[length];
                    for (int t = 1; t < length; t++) {
                        supervised[t] = t == length - 1 || random.nextBoolean();
                    }
                    return new TokenizedRow(ids, supervised);
                })
                .toList();
    }
}

package dev.finetide.sft.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.Family;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TensorPieces;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Tensors larger than a piece: pieces of 7 elements stand for those of 16 million, so that every
/// tensor has many and none ends with a whole one.
class TensorPiecesTest {
    private static final TensorPieces SMALL = new TensorPieces(7);

    @TempDir
    Path temp;

    @BeforeEach
    void saveModel() throws IOException {
        Path config = Files.createDirectories(temp.resolve("config"));
        Files.writeString(config.resolve("config.json"), """
                {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 33, "hidden_size": 16,
                 "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2, "tie_word_embeddings": true}
                """);
        try (CausalLm lm = CausalLm.random(config, 3, EngineOptions.defaults())) {
            lm.save(temp.resolve("model"), TensorType.F32);
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void whatIsLoadedDoesNotDependOnThePieces(Precision precision) throws IOException {
        ModelConfig plain = Family.read(temp.resolve("model"));
        for (ModelConfig config : new ModelConfig[] {plain, plain.withNf4()}) {
            try (PtNDManager manager = TorchRuntime.newManager()) {
                Parameters whole = load(manager, config, precision, TensorPieces.DEFAULT);
                Parameters pieced = load(manager, config, precision, SMALL);
                assertThat(pieced.names()).isEqualTo(whole.names());
                for (String name : whole.names()) {
                    assertThat(bytes(pieced.array(name), SMALL))
                            .as(name)
                            .isNotEmpty()
                            .isEqualTo(bytes(whole.array(name), TensorPieces.DEFAULT));
                }
            }
        }
    }

    @Test
    void aTensorThatIsNotThereIsNamed() {
        ModelConfig config = Family.read(temp.resolve("model"));
        try (PtNDManager manager = TorchRuntime.newManager()) {
            Parameters weights = load(manager, config, Precision.FP32, SMALL);
            assertThatThrownBy(() -> weights.array("lm_head.weight")).hasMessage("no tensor is called lm_head.weight");
            assertThatThrownBy(() -> weights.wide(manager, "lm_head.weight"))
                    .hasMessage("no tensor is called lm_head.weight");
        }
    }

    @Test
    void whatIsSavedAndReadBackDoesNotDependOnThePieces() throws IOException {
        ModelConfig config = Family.read(temp.resolve("model"));
        try (PtNDManager manager = TorchRuntime.newManager()) {
            Parameters pieced = load(manager, config, Precision.FP32, SMALL);
            Path saved = temp.resolve("again.safetensors");
            pieced.write(saved, TensorType.F32);
            assertThat(saved).hasSameBinaryContentAs(temp.resolve("model/model.safetensors"));
            Parameters other = load(manager, config, Precision.FP32, SMALL);
            other.arrays().forEach(array -> array.muli(2));
            try (SafetensorsFile file = new SafetensorsFile(saved)) {
                other.read(file);
            }
            other.write(temp.resolve("read.safetensors"), TensorType.F32);
            assertThat(temp.resolve("read.safetensors")).hasSameBinaryContentAs(saved);
            pieced.write(temp.resolve("small.safetensors"), TensorType.BF16);
            load(manager, config, Precision.FP32, TensorPieces.DEFAULT)
                    .write(temp.resolve("whole.safetensors"), TensorType.BF16);
            assertThat(temp.resolve("small.safetensors")).hasSameBinaryContentAs(temp.resolve("whole.safetensors"));
        }
    }

    private Parameters load(PtNDManager manager, ModelConfig config, Precision precision, TensorPieces pieces) {
        try (WeightFiles files = WeightFiles.open(temp.resolve("model"))) {
            return Parameters.loadBase(manager, config, precision, files::fileOf, pieces);
        }
    }

    private static byte[] bytes(NDArray array, TensorPieces pieces) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        pieces.takeBytes(array, piece -> bytes.write(piece.toArray(ValueLayout.JAVA_BYTE)));
        return bytes.toByteArray();
    }
}

package dev.finetide.demo;

import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.TrainResult;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/// Makes the base with the project's own engine: a Llama of 2 million parameters that learns to predict every token
/// of texts, and the answers of conversations.
final class Pretraining {
    private static final int PRINT_EVERY = 50;
    private static final int TOKENIZER_DOCUMENTS = 10_000;
    private static final int NAME_WEIGHT = 300;

    private final DemoSettings settings;

    Pretraining(DemoSettings settings) {
        this.settings = settings;
    }

    /// Learns the tokenizer from documents of the corpus and from the lists of names. Each name counts often enough
    /// to become one token.
    void writeTokenizer(Path base) throws IOException {
        List<String> texts = new ArrayList<>();
        new Corpus(settings.seed() + 1)
                .documents(TOKENIZER_DOCUMENTS)
                .forEach(document -> texts.addAll(document.texts()));
        texts.addAll(Collections.nCopies(NAME_WEIGHT, Things.everyName()));
        int learned = settings.vocabulary() - TokenizerFiles.SPECIAL.size();
        TokenizerFiles.write(base, BpeTrainer.train(texts, learned), DemoSettings.MAX_LENGTH);
    }

    void writeConfig(Path base) throws IOException {
        Files.createDirectories(base);
        Files.writeString(base.resolve("config.json"), """
                {
                  "architectures": ["LlamaForCausalLM"],
                  "model_type": "llama",
                  "vocab_size": %d,
                  "hidden_size": 160,
                  "intermediate_size": 432,
                  "num_hidden_layers": 4,
                  "num_attention_heads": 4,
                  "num_key_value_heads": 2,
                  "head_dim": 40,
                  "hidden_act": "silu",
                  "max_position_embeddings": %d,
                  "rms_norm_eps": 1e-05,
                  "rope_theta": 10000.0,
                  "tie_word_embeddings": true,
                  "attention_bias": false,
                  "mlp_bias": false,
                  "bos_token_id": 0,
                  "eos_token_id": 1,
                  "pad_token_id": 2,
                  "torch_dtype": "bfloat16",
                  "use_cache": true
                }
                """.formatted(settings.vocabulary(), DemoSettings.MAX_LENGTH));
        Files.writeString(base.resolve("generation_config.json"), """
                {
                  "bos_token_id": 0,
                  "eos_token_id": 1,
                  "pad_token_id": 2,
                  "do_sample": false
                }
                """);
    }

    /// Trains on all lessons and writes `model.safetensors` in bf16 into the directory of config and tokenizer. Each
    /// lesson begins with the file of the one before it.
    ///
    /// @param work empty directory for temporary files
    void train(Path base, Path work, EngineOptions options) throws IOException {
        for (int i = 0; i < settings.lessons().size(); i++) {
            try (CausalLm lm =
                    i == 0 ? CausalLm.random(base, settings.seed(), options) : CausalLm.load(base, options)) {
                train(lm, i, base, work.resolve("lesson-" + i));
            }
        }
    }

    void train(CausalLm lm, int index, Path base, Path work) throws IOException {
        RowEncoder encoder = new RowEncoder(lm.tokenizer(), ChatTemplate.load(base), DemoSettings.MAX_LENGTH);
        Lesson lesson = settings.lessons().get(index);
        TrainResult result = SftTrainer.train(
                lm,
                rows(encoder, lm.tokenizer(), settings.documents(index)),
                config(lesson),
                work.resolve("checkpoints"),
                Pretraining::print);
        System.out.printf(
                "%,d documents, %d steps, %,d tokens, %.0f s, last loss %.3f%n",
                lesson.documents(), result.steps(), result.tokens(), result.seconds(), result.finalLoss());
        result.save(work.resolve("model"), "demo", TensorType.BF16);
        Files.copy(
                work.resolve("model/model.safetensors"),
                base.resolve("model.safetensors"),
                StandardCopyOption.REPLACE_EXISTING);
    }

    private SftConfig config(Lesson lesson) {
        return SftConfig.forFull()
                .learningRate(lesson.learningRate())
                .warmupSteps(lesson.warmupSteps())
                .batchSize(lesson.batchSize())
                .epochs(1)
                .weightDecay(0.01)
                .seed(settings.seed())
                .maxLength(DemoSettings.MAX_LENGTH)
                .build();
    }

    private static List<TokenizedRow> rows(RowEncoder encoder, Tokenizer tokenizer, List<Document> documents) {
        List<TokenizedRow> rows = new ArrayList<>();
        for (Document document : documents) {
            rows.add(
                    switch (document) {
                        case Document.Plain(String text) ->
                            everything(tokenizer.encode(text + TokenizerFiles.EOS, true));
                        case Document.Chat(var row) -> encoder.encode(row);
                    });
        }
        return rows;
    }

    private static TokenizedRow everything(int[] ids) {
        boolean[] supervised = new boolean[ids.length];
        Arrays.fill(supervised, 1, ids.length, true);
        return new TokenizedRow(ids, supervised);
    }

    private static void print(StepReport step) {
        if (step.step() % PRINT_EVERY == 0 || step.step() == step.totalSteps()) {
            System.out.printf(
                    "step %d/%d  loss %.3f  lr %.5f  %,.0f tokens/s%n",
                    step.step(), step.totalSteps(), step.loss(), step.learningRate(), step.tokensPerSecond());
        }
    }
}

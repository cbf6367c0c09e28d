package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.OPTIONS;
import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.nothing;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tasks with a known winner, trained and asked for real on the demo's base: order numbers that stand in mails. The
/// base reads a number out of a mail that it is shown, and no model can know the number of a mail that it never saw.
class LookUpTaskTest {
    private static final long SEED = 7;
    private static final int TRAIN_ROWS = 36;
    private static final List<String> NAMES = List.of(
            "Marta", "Anna", "Peter", "Oskar", "Lena", "Tom", "Ines", "Karl", "Rosa", "Hugo", "Nora", "Emil", "Clara",
            "Felix", "Greta", "Jonas", "Mila", "Viktor", "Elena", "Bruno", "Sofia", "Max", "Ida", "Leo", "Paula",
            "Simon", "Vera", "Otto", "Julia", "Hans", "Lisa", "David", "Eva", "Martin", "Sara", "Daniel", "Maria",
            "Thomas", "Laura", "Robert", "Alice", "George", "Diana", "Frank", "Olga", "Ivan", "Nina", "Boris");
    private static final Retrieval PASSAGES = Retrieval.newBuilder()
            .setCount(1)
            .setDocuments("mails")
            .setTemplate("{passages}\n\n{question}")
            .build();
    private static final Prompting LOOKING =
            Prompting.newBuilder().setRetrieval(PASSAGES).build();

    @TempDir
    Path models;

    private static List<String> numbers(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return NAMES.stream()
                .map(_ -> "#%c%c-%d"
                        .formatted(
                                "BCDFGHJKLM".charAt(random.nextInt(10)),
                                "NPQRSTVWXZ".charAt(random.nextInt(10)),
                                random.nextInt(10, 99)))
                .toList();
    }

    private static PassageSources mails(List<String> numbers) {
        List<Chunk> mails = NAMES.stream()
                .map(name -> mail(name, numbers.get(NAMES.indexOf(name))))
                .toList();
        return new PassageSources(
                _ -> mails,
                () -> {
                    throw new IllegalStateException("no mail is looked up by meaning");
                },
                Path.of("vectors"),
                doing -> {});
    }

    private static Chunk mail(String name, String number) {
        String text = "Hello team,\nThe order has the number " + number + ".\nWarm regards,\n" + name;
        List<Chunk.Part> parts = List.of(new Chunk.Part(1, text.length(), text.length()));
        return new Chunk(name, "", List.of(), parts, 0, text.length(), text);
    }

    private static List<TextRow> rows(List<String> numbers, UnaryOperator<String> form) {
        return NAMES.stream()
                .map(name -> (TextRow) new PromptCompletionRow(
                        name + " wrote this. Which order is it?", form.apply(numbers.get(NAMES.indexOf(name)))))
                .toList();
    }

    /// Trains an adapter and stores it under its name.
    ///
    /// @param learnt passages with which the rows are learnt; none for an empty one
    private void train(String name, List<TextRow> rows, Optional<PassageSources> learnt) throws IOException {
        try (CausalLm lm = CausalLm.load(EvaluationStage.DEMO, OPTIONS)) {
            RowEncoder encoder = AskedModel.base(lm).encoder();
            List<TokenizedRow> tokens;
            if (learnt.isPresent()) {
                try (PassageRows passages = new PassageRows(PASSAGES, rows, learnt.get(), encoder, 480)) {
                    tokens = rows.stream()
                            .map(row -> passages.with(row, true).tokens())
                            .toList();
                }
            } else {
                tokens = rows.stream().map(encoder::encode).toList();
            }
            SftConfig config = SftConfig.forLora()
                    .lora(new LoraConfig(16, 32, 0, false, false, List.of("all-linear")))
                    .learningRate(0.003)
                    .batchSize(12)
                    .epochs(3)
                    .build();
            SftTrainer.train(lm, tokens, config, models.resolve("checkpoints-" + name), report -> {})
                    .save(models.resolve(name), "base");
        }
    }

    private Recording ask(List<TextRow> train, List<TextRow> asked, PassageSources mails, EvaluationArm... arms) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.newBuilder().addMoreMetrics("exact_match").build(),
                train.stream().map(RowTexts::userText).toList(),
                train.stream().map(RowTexts::answer).toList());
        List<SourcedRow> sourced =
                asked.stream().map(row -> new SourcedRow(row, Optional.empty())).toList();
        Recording recording = new Recording();
        try (CausalLm base = CausalLm.load(EvaluationStage.DEMO, OPTIONS)) {
            EvaluationData data = new EvaluationData("test", sourced, train, List.of(), measuring, 12, 0);
            EvaluationStage.evaluation(base, models, data, nothing(), recording, mails)
                    .run(List.of(arms));
        }
        assertThat(recording.failures).isEmpty();
        return recording;
    }

    private static EvaluationArm trained(String name, String adapter, Prompting... promptings) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(ArmModel.TUNED).addAllPromptings(List.of(promptings)))
                .setKind(ModelKind.ADAPTER)
                .setDigest(adapter)
                .build();
    }

    private static double exact(Recording recording, String arm) {
        return recording.of(arm).stream()
                .mapToDouble(result -> result.getScoresOrThrow("exact_match"))
                .average()
                .orElseThrow();
    }

    @Test
    void trainedWithPassagesWinsWhereFormAndFactsAreNeeded() throws IOException {
        List<String> numbers = numbers(SEED);
        List<TextRow> rows = rows(numbers, number -> "order " + number);
        List<TextRow> train = rows.subList(0, TRAIN_ROWS);
        train("alone", train, Optional.empty());
        train("with-passages", train, Optional.of(mails(numbers)));

        Recording recording = ask(
                train,
                rows.subList(TRAIN_ROWS, rows.size()),
                mails(numbers),
                arm("base"),
                arm("passages", LOOKING),
                trained("tuned", "alone"),
                trained("tuned-passages", "alone", LOOKING),
                trained("both", "with-passages", LOOKING),
                trained("both-alone", "with-passages"));

        System.out.println("seed " + SEED);
        assertThat(exact(recording, "base")).as("knows neither").isZero();
        assertThat(exact(recording, "passages")).as("knows no form").isZero();
        assertThat(exact(recording, "tuned")).as("knows no facts").isZero();
        assertThat(exact(recording, "both")).as("asked as it was trained").isGreaterThan(0.7);
        assertThat(exact(recording, "tuned-passages"))
                .as("asked with passages, trained without")
                .isLessThan(0.5);
        assertThat(exact(recording, "both-alone"))
                .as("trained with passages, asked without")
                .isZero();
    }

    @Test
    void passagesWinWhereAnswersHaveChangedSinceTheTraining() throws IOException {
        List<String> before = numbers(SEED);
        List<String> now = numbers(SEED + 1);
        List<TextRow> train = rows(before, UnaryOperator.identity());
        train("before", train, Optional.empty());

        Recording recording = ask(
                train,
                rows(now, UnaryOperator.identity()).subList(0, 12),
                mails(now),
                arm("base"),
                arm("passages", LOOKING),
                trained("tuned", "before"));

        System.out.println("seed " + SEED);
        assertThat(exact(recording, "base")).isZero();
        assertThat(exact(recording, "tuned")).as("knows what was right before").isZero();
        assertThat(exact(recording, "passages")).isGreaterThan(0.7);
    }
}

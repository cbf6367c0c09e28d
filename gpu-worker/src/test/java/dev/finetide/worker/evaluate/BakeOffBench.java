package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.nothing;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/// Runs a bake-off for each task of a folder, in this process, and writes one line of JSON for each:
/// `BakeOffBench TASKS OUT.jsonl [PART_OF_A_TASK_NAME ...]`, started in the folder of this module.
///
/// TASKS is what `CalibrationTasks` (tests of `suitability`) writes. A LoRA of the base is trained on each task. It is
/// compared on the test rows with the base alone, with an instruction, with 3 similar examples, with 3 passages where
/// the task has documents, and with a linear model of words where answers are classes. The settings of
/// [BakeOffSettings] name the base. Tasks that are in OUT already are left out.
public final class BakeOffBench {
    private static final int BATCH = 8;
    private static final int MOST_TOKENS = 512;
    private static final int WORDS_OF_A_PASSAGE = 60;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(1);

    private final Path out;
    private final BakeOffSettings settings = BakeOffSettings.given();

    private BakeOffBench(Path out) {
        this.out = out;
    }

    public static void main(String[] args) throws Exception {
        Path out = Path.of(args[1]);
        Set<String> done = new HashSet<>();
        if (Files.exists(out)) {
            for (String line : Files.readAllLines(out)) {
                done.add(JSON.readTree(line).get("task").asText());
            }
        }
        List<String> parts = List.of(args).subList(2, args.length);
        List<Path> folders = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of(args[0]))) {
            for (Path folder : all.sorted().toList()) {
                boolean isWanted = parts.isEmpty()
                        || parts.stream().anyMatch(folder.getFileName().toString()::contains);
                if (isWanted && !done.contains(name(folder))) {
                    folders.add(folder);
                }
            }
        }
        BakeOffBench bench = new BakeOffBench(out);
        try (var pool = Executors.newFixedThreadPool(bench.settings.atOnce())) {
            List<Future<?>> all = new ArrayList<>();
            for (Path folder : folders) {
                all.add(pool.submit(() -> bench.tryTask(folder)));
            }
            for (Future<?> one : all) {
                one.get();
            }
        }
    }

    private static String name(Path folder) throws IOException {
        return JSON.readTree(folder.resolve("task.json").toFile()).get("task").asText();
    }

    /// Writes a task's line; a task that fails has none.
    private void tryTask(Path folder) {
        long began = System.nanoTime();
        try {
            ObjectNode line = bakeOff(folder);
            synchronized (this) {
                Files.writeString(out, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            System.out.printf("%s (%.0f s)%n", line, (System.nanoTime() - began) / 1e9);
        } catch (IOException | RuntimeException e) {
            System.out.printf("%s: %s%n", folder.getFileName(), e);
        }
    }

    private static List<SourcedRow> rows(Path file, RowEncoder encoder) throws IOException {
        List<SourcedRow> rows = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            SourcedRow row = SourcedRow.parse(line);
            if (fits(row.row(), encoder)) {
                rows.add(row);
            }
        }
        return rows;
    }

    private static boolean fits(TextRow row, RowEncoder encoder) {
        try {
            return encoder.encode(row).length() <= MOST_TOKENS;
        } catch (RowRefused refused) {
            return false;
        }
    }

    private ObjectNode bakeOff(Path folder) throws IOException {
        Path adapters = Files.createTempDirectory("bake-off");
        List<TextRow> train;
        List<SourcedRow> asked;
        int longest;
        try (CausalLm lm = CausalLm.load(settings.base(), OPTIONS)) {
            RowEncoder encoder = AskedModel.base(lm).encoder();
            train = rows(folder.resolve("train.jsonl"), encoder).stream()
                    .map(SourcedRow::row)
                    .toList();
            asked = rows(folder.resolve("test.jsonl"), encoder).stream()
                    .limit(settings.rows())
                    .toList();
            longest = asked.stream()
                    .mapToInt(row -> encoder.examine(row.row()).answerTokens())
                    .max()
                    .orElseThrow();
            int epochs = Math.clamp(Math.ceilDiv(settings.steps() * BATCH, train.size()), 1, 40);
            SftConfig config = SftConfig.forLora()
                    .lora(new LoraConfig(16, 32, 0, false, false, List.of("all-linear")))
                    .learningRate(settings.learningRate())
                    .warmupSteps(10)
                    .weightDecay(0)
                    .batchSize(BATCH)
                    .epochs(epochs)
                    .maxSteps(settings.steps())
                    .seed(7)
                    .build();
            SftTrainer.train(
                            lm,
                            train.stream().map(encoder::encode).toList(),
                            config,
                            adapters.resolve("checkpoints"),
                            report -> {})
                    .save(adapters.resolve("adapter"), "base");
        }
        return compared(folder, adapters, train, asked, longest);
    }

    private ObjectNode compared(Path folder, Path adapters, List<TextRow> train, List<SourcedRow> asked, int longest)
            throws IOException {
        Measuring measuring = Measuring.of(
                EvaluationConfig.getDefaultInstance(),
                train.stream().map(RowTexts::userText).toList(),
                train.stream().map(RowTexts::answer).toList(),
                Math.toIntExact(train.stream().filter(RowTexts::offersTools).count()),
                CallConvention.PLAIN_JSON);
        List<Chunk> passages = passages(folder.resolve("documents"));
        Recording recording = new Recording();
        try (CausalLm base = CausalLm.load(settings.base(), OPTIONS)) {
            EvaluationData data =
                    new EvaluationData("test", asked, train, List.of(), measuring, longest, talk(measuring.task()));
            PassageSources sources = new PassageSources(
                    _ -> passages, PassageSources.NONE.embedder(), adapters.resolve("vectors"), doing -> {});
            EvaluationStage.evaluation(base, adapters, data, nothing(), recording, sources)
                    .run(arms(measuring.task(), prompt(folder), !passages.isEmpty()));
        }
        recording.failures.forEach((arm, failure) ->
                System.out.printf("%s: arm %s: %s%n", folder.getFileName(), arm, failure.getMessage()));
        return BakeOffLine.of(name(folder), measuring.primary(), asked.size(), recording);
    }

    /// Returns the instruction that a person wrote for the task, or the one that the task itself suggests.
    private static Prompting prompt(Path folder) throws IOException {
        String written = JSON.readTree(folder.resolve("task.json").toFile())
                .path("prompt")
                .asText();
        return written.isEmpty()
                ? Prompting.newBuilder().setTaskInstruction(true).build()
                : Prompting.newBuilder().setInstruction(written).build();
    }

    /// Returns the tokens by which a reply may be longer than the answer that is cut out of it.
    private int talk(Task task) {
        return switch (task) {
            case CLASSIFICATION, NUMBER, JSON_EXTRACTION, FUNCTION_CALLS -> settings.talkTokens();
            case TEXT, SHORT_ANSWER, SUMMARY, FREE_TEXT -> 0;
        };
    }

    private static List<EvaluationArm> arms(Task task, Prompting prompt, boolean hasDocuments) {
        List<EvaluationArm> arms = new ArrayList<>();
        arms.add(arm("base"));
        arms.add(arm("asked", prompt));
        Prompting written = prompt.getTaskInstruction() ? Prompting.getDefaultInstance() : prompt;
        arms.add(arm(
                "few-shot",
                written.toBuilder()
                        .setExamples(Examples.newBuilder().setCount(3).setChoice(ExampleChoice.SIMILAR))
                        .build()));
        if (hasDocuments) {
            arms.add(arm(
                    "passages",
                    written.toBuilder()
                            .setRetrieval(Retrieval.newBuilder().setCount(3).setDocuments("texts"))
                            .build()));
        }
        if (task == Task.CLASSIFICATION) {
            arms.add(EvaluationArm.newBuilder()
                    .setArm(Arm.newBuilder().setName("linear").setModel(ArmModel.LINEAR))
                    .build());
        }
        arms.add(EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName("tuned").setModel(ArmModel.TUNED))
                .setKind(ModelKind.ADAPTER)
                .setDigest("adapter")
                .build());
        return arms;
    }

    /// Cuts texts into passages of 60 words.
    private static List<Chunk> passages(Path documents) throws IOException {
        List<Chunk> passages = new ArrayList<>();
        if (!Files.isDirectory(documents)) {
            return passages;
        }
        try (Stream<Path> files = Files.list(documents)) {
            for (Path file : files.sorted().toList()) {
                List<String> words =
                        Arrays.asList(Files.readString(file).strip().split("\\s+"));
                for (int i = 0; i < words.size(); i += WORDS_OF_A_PASSAGE) {
                    String text = String.join(" ", words.subList(i, Math.min(words.size(), i + WORDS_OF_A_PASSAGE)));
                    passages.add(new Chunk(
                            file.getFileName().toString(),
                            "",
                            List.of(),
                            List.of(new Chunk.Part(1, text.length(), text.length())),
                            0,
                            text.length(),
                            text));
                }
            }
        }
        return passages;
    }
}

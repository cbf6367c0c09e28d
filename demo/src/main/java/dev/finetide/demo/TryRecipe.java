package dev.finetide.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.LoraConfig;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.Scorer;
import dev.finetide.sft.SftConfig;
import dev.finetide.sft.SftTrainer;
import dev.finetide.sft.StepReport;
import dev.finetide.sft.TrainResult;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.Preface;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Measures the demo's recipe with the engine alone: exact match, right fields and loss of the base, of the base with
/// one to four similar examples in its prompt, and of the tuned model, on the held-out rows. `demo/make try [DIR]`
/// runs it on a directory that [MakeDemo] wrote and that has a `recipe.json`.
public final class TryRecipe {
    private static final int MOST_EXAMPLES = 4;

    private final CausalLm lm;
    private final RowEncoder encoder;
    private final JsonNode recipe;

    private TryRecipe(CausalLm lm, RowEncoder encoder, JsonNode recipe) {
        this.lm = lm;
        this.encoder = encoder;
        this.recipe = recipe;
    }

    public static void main(String[] args) throws IOException {
        Path dir = Path.of(args.length > 0 ? args[0] : "demo");
        JsonNode recipe = new ObjectMapper().readTree(dir.resolve("recipe.json").toFile());
        Path base = dir.resolve("base");
        try (CausalLm lm = CausalLm.load(base, EngineOptions.defaults())) {
            RowEncoder encoder = new RowEncoder(lm.tokenizer(), ChatTemplate.load(base), DemoSettings.MAX_LENGTH);
            TryRecipe trial = new TryRecipe(lm, encoder, recipe);
            List<TextRow> train = rows(dir.resolve("support-desk/train.jsonl"));
            List<TextRow> test = rows(dir.resolve("support-desk/test.jsonl"));
            trial.evaluate("base", test);
            SimilarRows similar = new SimilarRows(train);
            for (int examples = 1; examples <= MOST_EXAMPLES; examples++) {
                int count = examples;
                trial.evaluate(
                        count + " similar",
                        test.stream()
                                .map(row -> new Preface("", "", similar.nearest(row, count)).before(row, true))
                                .toList());
            }
            Path adapter = Files.createTempDirectory("finetide-demo").resolve("adapter");
            trial.train(train, adapter);
            lm.attach(adapter);
            trial.evaluate("tuned", test);
        }
    }

    private static List<TextRow> rows(Path file) throws IOException {
        return Files.readAllLines(file).stream().map(TextRow::parse).toList();
    }

    private void train(List<TextRow> rows, Path adapter) {
        List<TokenizedRow> tokenized = rows.stream().map(encoder::encode).toList();
        int rank = recipe.get("rank").asInt();
        SftConfig config = SftConfig.forLora()
                .lora(new LoraConfig(
                        rank,
                        recipe.get("alpha").asDouble(),
                        0,
                        false,
                        List.of(recipe.get("targets").asText())))
                .learningRate(recipe.get("learningRate").asDouble())
                .warmupSteps(recipe.get("warmupSteps").asInt())
                .batchSize(recipe.get("batchSize").asInt())
                .epochs(recipe.get("epochs").asInt())
                .weightDecay(recipe.get("weightDecay").asDouble())
                .seed(recipe.get("seed").asLong())
                .maxLength(recipe.get("maxLength").asInt())
                .build();
        try (SftTrainer trainer = SftTrainer.prepare(lm, tokenized, List.of(), config)) {
            trainer.estimate(adapter.resolveSibling("checkpoints"), _ -> {})
                    .ifPresent(estimate -> System.out.printf(
                            "estimate: %.1f s, %,d tokens, peak %d MB%n",
                            estimate.seconds(), estimate.tokens(), estimate.peakMemoryBytes() >> 20));
            TrainResult result = trainer.run(adapter.resolveSibling("checkpoints"), TryRecipe::print);
            result.save(adapter, "finetide/demo");
            System.out.printf(
                    "trained %d steps, %,d tokens, in %.1f s, peak %d MB%n",
                    result.steps(), result.tokens(), result.seconds(), TorchRuntime.peakResidentBytes() >> 20);
        }
    }

    private static void print(StepReport step) {
        if (step.step() % 20 == 0 || step.step() == step.totalSteps()) {
            System.out.printf(
                    "step %d/%d  loss %.3f  %,.0f tokens/s%n",
                    step.step(), step.totalSteps(), step.loss(), step.tokensPerSecond());
        }
    }

    private void evaluate(String name, List<TextRow> rows) {
        long started = System.nanoTime();
        List<ExaminedRow> examined = rows.stream().map(encoder::examine).toList();
        List<int[]> prompts = examined.stream().map(ExaminedRow::prompt).toList();
        List<Generation> generations = new Generator(lm)
                .generate(
                        prompts,
                        GenerationConfig.greedy(recipe.get("maxNewTokens").asInt(), encoder.stopIds()));
        List<String> wrong = new ArrayList<>();
        int rightFields = 0;
        for (int i = 0; i < rows.size(); i++) {
            String written = lm.tokenizer().decode(generations.get(i).newTokens(), true);
            String expected = examined.get(i).expected();
            rightFields += Ticket.rightFields(expected, written);
            if (!written.strip().equals(expected.strip())) {
                wrong.add(expected + "\n    " + written);
            }
        }
        double nll = 0;
        long tokens = 0;
        for (RowScore score :
                new Scorer(lm).score(examined.stream().map(ExaminedRow::tokens).toList())) {
            nll += score.nll();
            tokens += score.supervisedTokens();
        }
        wrong.stream().limit(8).forEach(pair -> System.out.println("  wanted and got:\n    " + pair));
        System.out.printf(
                "%s: exact match %.1f %% of %d rows, right fields %.1f %%, loss %.4f, %.1f s%n",
                name,
                100.0 * (rows.size() - wrong.size()) / rows.size(),
                rows.size(),
                100.0 * rightFields / (Ticket.FIELDS * rows.size()),
                nll / tokens,
                (System.nanoTime() - started) / 1e9);
    }
}

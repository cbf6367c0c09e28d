package dev.finetide.worker;

import dev.finetide.sft.CausalLm;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.generate.ScoredGeneration;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Measures greedy generation of all rows, alone and with the loss of the expected answers. A row's prompt is what
/// stands before its first supervised token. Of several rounds the fastest counts, because other programs only ever
/// make a round slower.
final class GenerationBench {
    private final CausalLm model;
    private final List<TokenizedRow> rows;
    private final List<int[]> prompts;
    private final GenerationConfig config;
    private double generation = Double.POSITIVE_INFINITY;
    private double withLoss = Double.POSITIVE_INFINITY;

    /// @param newTokens largest number of tokens of a text
    GenerationBench(CausalLm model, List<TokenizedRow> rows, int newTokens) {
        this.model = model;
        this.rows = rows;
        this.prompts = rows.stream()
                .map(row -> Arrays.copyOf(row.ids(), row.readBeforeSupervised() + 1))
                .toList();
        this.config = GenerationConfig.greedy(newTokens, model.endTokens());
    }

    Map<String, Object> measure(int rounds) {
        List<Generation> texts = List.of();
        List<ScoredGeneration> scored = List.of();
        for (int round = 0; round < rounds; round++) {
            long begun = System.nanoTime();
            texts = new Generator(model).generate(prompts, config);
            long between = System.nanoTime();
            scored = new Generator(model).generateAndScore(prompts, rows, config, (_, _) -> {});
            generation = Math.min(generation, (between - begun) / 1e9);
            withLoss = Math.min(withLoss, (System.nanoTime() - between) / 1e9);
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("kind", "finetide");
        report.put("precision", model.precision());
        report.put("rowsPerSecond", rows.size() / generation);
        report.put("withLossRowsPerSecond", rows.size() / withLoss);
        report.put("peakMemoryBytes", TorchRuntime.peakResidentBytes());
        report.put("endTokens", model.endTokens());
        report.put("nll", scored.stream().mapToDouble(one -> one.score().nll()).sum());
        report.put("texts", texts.stream().map(Generation::newTokens).toList());
        return report;
    }
}

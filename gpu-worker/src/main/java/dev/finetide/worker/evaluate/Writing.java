package dev.finetide.worker.evaluate;

import dev.finetide.sft.CausalLm;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.generate.ScoredGeneration;
import dev.finetide.sft.text.TokenizedRow;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.IntStream;

/// Lets a model write its answers greedily, and scores the expected answers with the same prompts where
/// the loss is asked for.
final class Writing implements Asking {
    private final CausalLm lm;
    private final GenerationConfig config;
    private final boolean withLoss;

    /// @param stopIds tokens that end an answer
    /// @param stopStrings texts that end an answer and do not belong to it
    /// @param withLoss whether the expected answers are scored, too
    Writing(CausalLm lm, int maxNewTokens, Set<Integer> stopIds, List<String> stopStrings, boolean withLoss) {
        this.lm = lm;
        this.withLoss = withLoss;
        this.config = GenerationConfig.greedy(maxNewTokens, stopIds).withStopStrings(stopStrings);
    }

    @Override
    public List<Reply> ask(List<PromptedRow> rows) {
        List<int[]> prompts = rows.stream().map(row -> row.examined().prompt()).toList();
        Generator generator = new Generator(lm);
        if (!withLoss) {
            List<Generation> written = generator.generate(prompts, config);
            return IntStream.range(0, rows.size())
                    .mapToObj(i -> reply(rows.get(i), written.get(i), OptionalDouble.empty()))
                    .toList();
        }
        List<TokenizedRow> expected =
                rows.stream().map(row -> row.examined().tokens()).toList();
        List<ScoredGeneration> written = generator.generateAndScore(prompts, expected, config, (prompt, token) -> {});
        return IntStream.range(0, rows.size())
                .mapToObj(i -> reply(
                        rows.get(i),
                        written.get(i).generation(),
                        OptionalDouble.of(written.get(i).score().nll())))
                .toList();
    }

    private Reply reply(PromptedRow row, Generation generation, OptionalDouble nll) {
        int written = generation.newTokens().length;
        return new Reply(
                config.untilStop(lm.tokenizer().decode(generation.newTokens(), true)),
                OptionalDouble.empty(),
                nll,
                row.examined().tokens().supervisedTokens(),
                row.promptTokens(),
                written,
                written,
                generation.seconds(),
                generation.computeSeconds(),
                switch (generation.stopReason()) {
                    case STOP_TOKEN, STOP_STRING -> false;
                    case MAX_NEW_TOKENS, CONTEXT_FULL -> true;
                });
    }

    @Override
    public String describe() {
        return " A reply has at most " + config.maxNewTokens() + " tokens"
                + (config.stopStrings().isEmpty() ? "." : " and ends before its first blank line.");
    }
}

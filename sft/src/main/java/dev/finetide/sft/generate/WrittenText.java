package dev.finetide.sft.generate;

import dev.finetide.sft.CausalLm;
import dev.finetide.sft.RowScore;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/// A text that is being written after a prompt, with the row that is scored along with the prompt, if any.
final class WrittenText {
    /// Extra tokens that the search for a stop string looks at, because special tokens have no text.
    private static final int STOP_STRING_MARGIN = 8;

    private final CausalLm lm;
    private final GenerationConfig config;
    private final int index;
    private final int[] prompt;
    private final Optional<TokenizedRow> scored;
    private final SplittableRandom random;
    private final List<Integer> written = new ArrayList<>();
    private final BitSet seen = new BitSet();
    private long admitted;
    private double computeSeconds;
    private double seconds;
    private Optional<Generation.StopReason> stopped = Optional.empty();
    private Optional<RowScore> score = Optional.empty();

    /// @param index number of the prompt among all prompts of the call
    /// @param scored row whose ids begin with the prompt
    WrittenText(CausalLm lm, GenerationConfig config, int index, int[] prompt, Optional<TokenizedRow> scored) {
        this.lm = lm;
        this.config = config;
        this.index = index;
        this.prompt = prompt;
        this.scored = scored;
        this.random = new SplittableRandom(Seeds.at(config.seed(), index));
        Arrays.stream(prompt).forEach(seen::set);
    }

    int index() {
        return index;
    }

    /// Counts the most tokens that are kept for this text. Nothing is predicted from the last token that is written.
    int mostTokens() {
        return Math.min(prompt.length + config.maxNewTokens(), lm.config().maxPositions()) - 1;
    }

    /// Begins the time of this text.
    void admit() {
        admitted = System.nanoTime();
    }

    void spend(double seconds) {
        computeSeconds += seconds;
    }

    /// Returns the prompt, and the row that is scored, as a step reads them.
    ///
    /// @param slot place of this text in the cache
    GenerationStep.Reading reading(int slot) {
        int[] ids = scored.map(TokenizedRow::ids).orElse(prompt);
        boolean[] supervised = scored.map(TokenizedRow::supervised).orElseGet(() -> new boolean[prompt.length]);
        return new GenerationStep.Reading(ids, supervised, prompt.length, slot);
    }

    /// Returns the newest token.
    ///
    /// @param shared tokens that all prompts begin with
    GenerationStep.Newest newest(int shared) {
        return new GenerationStep.Newest(written.getLast(), prompt.length + written.size() - shared);
    }

    /// Keeps the scores of the supervised tokens, if a row is scored.
    void score(float[] nll, float[] hits) {
        score = scored.map(_ -> RowScore.of(nll, hits));
    }

    /// Counts the tokens that are scored while the prompt is read.
    int scoredTokens() {
        return scored.map(TokenizedRow::supervisedTokens).orElse(0);
    }

    /// Draws the next token.
    ///
    /// @param logits `[V]`; overwritten
    int draw(float[] logits) {
        return TokenDraw.next(logits, seen, config, random);
    }

    /// Adds a token to the text, unless the token ends it.
    ///
    /// @return whether the token belongs to the text
    boolean accept(int token) {
        if (config.stopIds().contains(token)) {
            stopped = Optional.of(Generation.StopReason.STOP_TOKEN);
            return false;
        }
        written.add(token);
        seen.set(token);
        if (hasStopString()) {
            stopped = Optional.of(Generation.StopReason.STOP_STRING);
        } else if (written.size() == config.maxNewTokens()) {
            stopped = Optional.of(Generation.StopReason.MAX_NEW_TOKENS);
        } else if (prompt.length + written.size() == lm.config().maxPositions()) {
            stopped = Optional.of(Generation.StopReason.CONTEXT_FULL);
        }
        return true;
    }

    /// Tells whether the newest token completes a stop string. Only the end of the text can have it, where every token
    /// is at least a byte.
    private boolean hasStopString() {
        if (config.stopStrings().isEmpty()) {
            return false;
        }
        int longest = config.stopStrings().stream()
                .mapToInt(stop -> stop.getBytes(StandardCharsets.UTF_8).length)
                .max()
                .orElseThrow();
        int from = Math.max(0, written.size() - longest - STOP_STRING_MARGIN);
        int[] end = written.subList(from, written.size()).stream()
                .mapToInt(Integer::intValue)
                .toArray();
        String text = lm.tokenizer().decode(end, true);
        return !config.untilStop(text).equals(text);
    }

    boolean hasEnded() {
        return stopped.isPresent();
    }

    /// Ends the time of this text.
    void end() {
        seconds = (System.nanoTime() - admitted) / 1e9;
    }

    /// Returns the text, which has ended.
    Generation generation() {
        int[] tokens = written.stream().mapToInt(Integer::intValue).toArray();
        return new Generation(tokens, stopped.orElseThrow(), seconds, computeSeconds);
    }

    Optional<RowScore> score() {
        return score;
    }
}

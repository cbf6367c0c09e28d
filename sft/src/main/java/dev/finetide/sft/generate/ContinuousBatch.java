package dev.finetide.sft.generate;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.KeyValueCache;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/// Writes texts in one batch, in which the place of a text that has ended is taken by the next prompt at once: a step
/// reads new prompts along with the newest tokens of the texts that go on (Orca, Yu et al. 2022).
final class ContinuousBatch implements AutoCloseable {
    /// Most tokens of new prompts in a step, unless a single prompt has more.
    private static final int PROMPT_TOKENS = 512;

    private final CausalLm lm;
    private final GenerationConfig config;
    private final Generator.TokenListener listener;
    private final PtNDManager manager;
    private final double share;
    private final Deque<WrittenText> waiting;
    private final TextSlots slots;

    /// @param texts texts that are to be written, longest first
    /// @param beginning cache for texts that begin as these do
    /// @param share share of the machine that this batch computes with
    ContinuousBatch(
            CausalLm lm,
            GenerationConfig config,
            Generator.TokenListener listener,
            Collection<WrittenText> texts,
            KeyValueCache beginning,
            double share) {
        this.lm = lm;
        this.config = config;
        this.listener = listener;
        this.share = share;
        this.manager = lm.manager().newSubManager(lm.manager().getDevice());
        this.waiting = new ArrayDeque<>(texts);
        this.slots = new TextSlots(manager, beginning);
    }

    /// A text that a step computes.
    ///
    /// @param output index of what comes out for it
    /// @param tokens tokens of it that the step computes
    private record Computed(WrittenText text, int slot, int output, int tokens) {}

    /// Writes all texts.
    void run() {
        while (!waiting.isEmpty() || slots.occupants().findAny().isPresent()) {
            long begun = System.nanoTime();
            slots.fit(waiting);
            List<GenerationStep.Newest> newest = slots.newest();
            List<Computed> computed = new ArrayList<>();
            for (int slot = 0; slot < newest.size(); slot++) {
                if (slots.at(slot) != null) {
                    computed.add(new Computed(slots.at(slot), slot, slot, 1));
                }
            }
            List<GenerationStep.Reading> readings = admit(newest.size(), computed);
            int[] tokens = step(newest, readings, computed);
            double seconds = (System.nanoTime() - begun) / 1e9 * share;
            int all = computed.stream().mapToInt(Computed::tokens).sum();
            for (Computed one : computed) {
                one.text().spend(seconds * one.tokens() / all);
                accept(one, tokens[one.output()]);
            }
        }
    }

    /// Puts waiting texts into free slots, as many as a step can read.
    ///
    /// @param outputs outputs before theirs
    /// @param computed takes them
    private List<GenerationStep.Reading> admit(int outputs, List<Computed> computed) {
        List<GenerationStep.Reading> readings = new ArrayList<>();
        List<WrittenText> admitted = new ArrayList<>();
        int shared = slots.cache().shared();
        int tokens = 0;
        while (!waiting.isEmpty() && (tokens == 0 || tokens + readTokens(waiting.getFirst()) <= PROMPT_TOKENS)) {
            int slot = slots.occupy(waiting.getFirst());
            if (slot < 0) {
                break;
            }
            WrittenText text = waiting.removeFirst();
            text.admit();
            tokens += readTokens(text);
            admitted.add(text);
            readings.add(text.reading(slot));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < readings.size(); i++) {
            order.add(i);
        }
        order.sort(
                Comparator.comparingInt((Integer i) -> readings.get(i).tokens()).reversed());
        for (int i = 0; i < order.size(); i++) {
            GenerationStep.Reading reading = readings.get(order.get(i));
            computed.add(
                    new Computed(admitted.get(order.get(i)), reading.slot(), outputs + i, reading.tokens() - shared));
        }
        return order.stream().map(readings::get).toList();
    }

    private int readTokens(WrittenText text) {
        return text.reading(-1).tokens() - slots.cache().shared();
    }

    /// Computes a step, and returns the next token for each output.
    private int[] step(
            List<GenerationStep.Newest> newest, List<GenerationStep.Reading> readings, List<Computed> computed) {
        DecoderProgram program = lm.program();
        try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
            GenerationStep step = GenerationStep.of(scope, newest, readings, slots.cache());
            NDList result = config.isArgmax()
                    ? program.stepTokens(scope, step, slots.cache(), lm.parameters())
                    : program.stepLogits(scope, step, slots.cache(), lm.parameters());
            score(result, computed.subList(computed.size() - readings.size(), computed.size()));
            if (config.isArgmax()) {
                return Arrays.stream(result.get(0).toLongArray())
                        .mapToInt(Math::toIntExact)
                        .toArray();
            }
            int vocab = lm.config().vocab();
            float[] logits = result.get(0).toFloatArray();
            int[] tokens = new int[logits.length / vocab];
            for (Computed one : computed) {
                int at = one.output() * vocab;
                tokens[one.output()] = one.text().draw(Arrays.copyOfRange(logits, at, at + vocab));
            }
            return tokens;
        }
    }

    private static void score(NDList result, List<Computed> read) {
        float[] nll = result.get(1).toFloatArray();
        float[] hits = result.get(2).toFloatArray();
        int at = 0;
        for (Computed one : read) {
            int end = at + one.text().scoredTokens();
            one.text().score(Arrays.copyOfRange(nll, at, end), Arrays.copyOfRange(hits, at, end));
            at = end;
        }
    }

    private void accept(Computed one, int token) {
        WrittenText text = one.text();
        if (text.accept(token)) {
            listener.onToken(text.index(), token);
        }
        if (text.hasEnded()) {
            slots.free(one.slot());
            text.end();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}

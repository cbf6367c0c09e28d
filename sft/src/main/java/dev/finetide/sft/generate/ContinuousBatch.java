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
import java.util.stream.IntStream;

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
    /// @param tokens tokens that the step computes for writing the text
    /// @param scored tokens that the step computes only for a score
    private record Computed(WrittenText text, int slot, int output, int tokens, int scored) {}

    /// A text whose prompt a step reads.
    private record Admitted(WrittenText text, GenerationStep.Reading reading) {}

    /// Writes all texts.
    void run() {
        while (!waiting.isEmpty() || slots.occupants().findAny().isPresent()) {
            long begun = System.nanoTime();
            slots.fit(waiting);
            List<GenerationStep.Newest> newest = slots.newest();
            List<Computed> computed = new ArrayList<>(going(newest.size()));
            List<Admitted> admitted = admit();
            computed.addAll(reading(admitted, newest.size()));
            int[] tokens = step(newest, admitted.stream().map(Admitted::reading).toList(), computed);
            double seconds = (System.nanoTime() - begun) / 1e9 * share;
            int all = computed.stream()
                    .mapToInt(one -> one.tokens() + one.scored())
                    .sum();
            for (Computed one : computed) {
                one.text().spend(seconds * one.tokens() / all);
                accept(one, tokens[one.output()]);
            }
        }
    }

    private List<Computed> going(int used) {
        return IntStream.range(0, used)
                .filter(slot -> slots.at(slot) != null)
                .mapToObj(slot -> new Computed(slots.at(slot), slot, slot, 1, 0))
                .toList();
    }

    /// @param outputs outputs before those of the admitted texts
    private List<Computed> reading(List<Admitted> admitted, int outputs) {
        List<Computed> computed = new ArrayList<>();
        for (Admitted one : admitted) {
            GenerationStep.Reading reading = one.reading();
            int own = reading.kept() - slots.cache().shared();
            int scored = reading.tokens() - reading.kept();
            computed.add(new Computed(one.text(), reading.slot(), outputs + computed.size(), own, scored));
        }
        return computed;
    }

    /// Puts waiting texts into free slots, as many as a step can read. Returns them with those first of which the most
    /// tokens are read.
    private List<Admitted> admit() {
        List<Admitted> admitted = new ArrayList<>();
        int tokens = 0;
        while (!waiting.isEmpty()) {
            WrittenText text = waiting.getFirst();
            int own = text.reading(-1).tokens() - slots.cache().shared();
            int slot = tokens == 0 || tokens + own <= PROMPT_TOKENS ? slots.occupy(text) : -1;
            if (slot < 0) {
                break;
            }
            waiting.removeFirst();
            text.admit();
            tokens += own;
            admitted.add(new Admitted(text, text.reading(slot)));
        }
        admitted.sort(Comparator.comparingInt((Admitted one) -> one.reading().tokens())
                .reversed());
        return admitted;
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

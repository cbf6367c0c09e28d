package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.KeyValueCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;

/// Scores given answers to prompts, such as the labels of a classification, with the adapter that is switched on, if
/// any. Nothing is generated. A prompt is read once for all its choices, and what all prompts begin with is read once
/// for all prompts.
public final class ChoiceScorer {
    /// Most tokens of keys that the choices of a step see, which are copied for each choice.
    private static final int MOST_SEEN = 1 << 16;

    private final CausalLm lm;
    private final DecoderProgram program;
    private final List<NDArray> parameters;

    public ChoiceScorer(CausalLm lm) {
        this.lm = lm;
        this.program = lm.program();
        this.parameters = lm.parameters();
    }

    /// Returns the log-probability of each choice after each prompt, in nats: one array a prompt, in the order of the
    /// choices. A choice ends with its last token; an end token counts if the caller appends it.
    ///
    /// @param prompts token ids of each prompt
    /// @param choices token ids of each choice
    /// @throws IllegalArgumentException naming the prompt or the choice that is empty or too long
    public List<double[]> logProbabilities(List<int[]> prompts, List<int[]> choices) {
        check(prompts, choices);
        double[][] scores = new double[prompts.size()][];
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            KeyValueCache beginning = beginning(manager, prompts);
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < scores.length; i++) {
                int index = i;
                tasks.add(() -> {
                    scores[index] = score(prompts.get(index), choices, beginning);
                    return null;
                });
            }
            lm.threads().run(tasks, done -> {});
        }
        return Arrays.asList(scores);
    }

    private void check(List<int[]> prompts, List<int[]> choices) {
        int longest = 0;
        for (int i = 0; i < choices.size(); i++) {
            Setting.require(choices.get(i).length >= 1, "choice " + i + ": length", "1 token or more", 0);
            longest = Math.max(longest, choices.get(i).length);
        }
        // Nothing is predicted from a choice's last token, so it needs no position.
        int most = lm.config().maxPositions() - longest + 1;
        for (int i = 0; i < prompts.size(); i++) {
            int length = prompts.get(i).length;
            Setting.require(
                    length >= 1 && length <= most,
                    "prompt " + i + ": length",
                    "1 to " + most + " tokens before choices of up to " + longest,
                    length);
        }
    }

    /// Reads what all prompts begin with, except the last token of any prompt.
    private KeyValueCache beginning(PtNDManager manager, List<int[]> prompts) {
        KeyValueCache nothing = KeyValueCache.empty(program, manager, 1, 1);
        if (prompts.size() < 2) {
            return nothing;
        }
        int[] first = prompts.getFirst();
        int shared = first.length - 1;
        for (int[] prompt : prompts) {
            int differ = Arrays.mismatch(first, prompt);
            shared = Math.min(shared, Math.min(differ < 0 ? shared : differ, prompt.length - 1));
        }
        int[] ids = Arrays.copyOf(first, shared);
        Callable<KeyValueCache> task = () -> nothing.extended(manager, ids, parameters);
        List<KeyValueCache> read = new ArrayList<>();
        lm.threads().run(List.of(task), read::add);
        return read.getFirst();
    }

    private double[] score(int[] prompt, List<int[]> choices, KeyValueCache beginning) {
        double[] scores = new double[choices.size()];
        List<Integer> longestFirst = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer c) -> choices.get(c).length)
                        .reversed())
                .toList();
        try (PtNDManager manager = lm.manager().newSubManager(lm.manager().getDevice())) {
            KeyValueCache cache = beginning.extended(manager, Arrays.copyOf(prompt, prompt.length - 1), parameters);
            int rows = Math.max(1, MOST_SEEN / (prompt.length + lengthOfLongest(choices)));
            for (int at = 0; at < scores.length; at += rows) {
                List<Integer> part = longestFirst.subList(at, Math.min(scores.length, at + rows));
                score(part.stream().map(c -> row(prompt, choices.get(c))).toList(), part, cache, manager, scores);
            }
        }
        return scores;
    }

    private static int lengthOfLongest(List<int[]> choices) {
        return choices.stream().mapToInt(choice -> choice.length).max().orElse(0);
    }

    /// Scores some of the choices in one step.
    ///
    /// @param numbers number of each row's choice
    /// @param scores takes the scores
    private void score(
            List<GenerationStep.Reading> rows,
            List<Integer> numbers,
            KeyValueCache cache,
            PtNDManager manager,
            double[] scores) {
        try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
            GenerationStep step = GenerationStep.of(scope, List.of(), rows, cache);
            NDList result = program.stepTokens(scope, step, cache, parameters);
            float[] nll = result.get(1).toFloatArray();
            int at = 0;
            for (int i = 0; i < rows.size(); i++) {
                int end = at + rows.get(i).ids().length - rows.get(i).kept();
                for (; at < end; at++) {
                    scores[numbers.get(i)] -= nll[at];
                }
            }
        }
    }

    private static GenerationStep.Reading row(int[] prompt, int[] choice) {
        int[] ids = Arrays.copyOf(prompt, prompt.length + choice.length);
        System.arraycopy(choice, 0, ids, prompt.length, choice.length);
        boolean[] supervised = new boolean[ids.length];
        Arrays.fill(supervised, prompt.length, ids.length, true);
        return new GenerationStep.Reading(ids, supervised, prompt.length, -1);
    }
}

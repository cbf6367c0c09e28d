package dev.finetide.metrics;

import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.json.JsonText;
import dev.finetide.metrics.text.Numbers;
import dev.finetide.metrics.text.Words;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Reads the task off the answers of a train split. The checks stand in the order in which they
/// decide.
final class TaskDetection {
    /// A few odd rows do not change the task.
    private static final double NEARLY_ALL = 0.95;

    /// Words are counted in so many rows at most, evenly spread, because a median needs no more.
    private static final int MOST_TEXTS = 2_000;

    private static final int MOST_LABELS = 100;
    private static final int MOST_LABELS_THAT_ARE_NUMBERS = 10;
    private static final int LONGEST_LABEL = 80;
    private static final double ROWS_A_LABEL = 2;
    private static final double ROWS_A_LABEL_THAT_IS_A_NUMBER = 5;
    private static final double REPEATED = 0.8;
    private static final double WITH_TOOLS = 0.5;
    private static final double CALLED = 0.1;
    private static final double SHORT = 3;
    private static final double SHORT_FOUND_IN_INPUT = 8;
    private static final double LONG_INPUT = 80;
    private static final double SUMMARY_OF_INPUT = 1 / 3.0;

    /// The end of a derivation, as `so the answer is 42.` or `3 + 4 = 7`.
    private static final Pattern CONCLUSION = Pattern.compile(
            "(?:\\banswer\\b\\W{0,3}(?:\\w{1,20}\\W{1,3}){0,2}|=)\\s*+[-+\u2212]?\\p{Sc}?\\p{Nd}[\\p{Nd}.,/]*+\\s*+[%\\p{Sc}]?\\s*+\\z",
            Pattern.CASE_INSENSITIVE);

    private final List<String> inputs = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final Map<String, Integer> counts = new HashMap<>();

    private final int rows;
    private final int rowsWithTools;

    TaskDetection(List<String> inputs, List<String> answers, int rowsWithTools) {
        this.rows = answers.size();
        this.rowsWithTools = rowsWithTools;
        if (inputs.size() != answers.size()) {
            throw new IllegalArgumentException(inputs.size() + " inputs have " + answers.size() + " answers");
        }
        for (int row = 0; row < answers.size(); row++) {
            String answer = answers.get(row).strip();
            if (!answer.isEmpty()) {
                this.inputs.add(inputs.get(row));
                this.answers.add(answer);
                counts.merge(answer, 1, Integer::sum);
            }
        }
    }

    DetectedTask detect() {
        if (answers.isEmpty()) {
            return found(Task.FREE_TEXT, "No train row has an answer");
        }
        int calls = count(CallConvention::isCalled);
        if (calls >= NEARLY_ALL * answers.size()) {
            return found(Task.FUNCTION_CALLS, "%d of %d train answers are calls", calls, answers.size());
        }
        if (rowsWithTools >= WITH_TOOLS * rows && calls >= CALLED * answers.size()) {
            return found(
                    Task.FUNCTION_CALLS,
                    "%d of %d train rows offer tools, and %d of %d answers call one",
                    rowsWithTools,
                    rows,
                    calls,
                    answers.size());
        }
        int json = count(TaskDetection::isJson);
        if (json >= NEARLY_ALL * answers.size()) {
            return found(
                    Task.JSON_EXTRACTION, "%d of %d train answers are a JSON object or array", json, answers.size());
        }
        int numbers = count(TaskDetection::endsInNumber);
        boolean areNumbers = numbers >= NEARLY_ALL * answers.size();
        if (isFixedSet(areNumbers)) {
            return new DetectedTask(
                    Task.CLASSIFICATION,
                    "The %d train answers are %d different texts of at most %d characters"
                            .formatted(answers.size(), counts.size(), longest()),
                    List.copyOf(new TreeSet<>(counts.keySet())));
        }
        if (areNumbers) {
            return found(Task.NUMBER, "%d of %d train answers are a number or end in one", numbers, answers.size());
        }
        return text();
    }

    /// Tells tasks apart whose answers are neither JSON nor labels nor numbers.
    private DetectedTask text() {
        int step = Math.ceilDiv(answers.size(), MOST_TEXTS);
        int[] looked = IntStream.iterate(0, row -> row < answers.size(), row -> row + step)
                .toArray();
        double words = median(answers, looked);
        double wordsOfInput = median(inputs, looked);
        int inInput = 0;
        for (int row : looked) {
            if (Words.folded(inputs.get(row)).contains(Words.folded(answers.get(row)))) {
                inInput++;
            }
        }
        if (words <= SHORT) {
            return found(Task.SHORT_ANSWER, "A train answer has %s (median)", counted(words));
        }
        if (words <= SHORT_FOUND_IN_INPUT && inInput > looked.length / 2) {
            return found(
                    Task.SHORT_ANSWER,
                    "A train answer has %s (median), and %d of %d stand in their input",
                    counted(words),
                    inInput,
                    looked.length);
        }
        if (wordsOfInput >= LONG_INPUT && words <= SUMMARY_OF_INPUT * wordsOfInput) {
            return found(
                    Task.SUMMARY,
                    "A train input has %s and its answer %s (medians)",
                    counted(wordsOfInput),
                    counted(words));
        }
        return found(
                Task.FREE_TEXT,
                "The %d train answers are %d different texts of %s (median)",
                answers.size(),
                counts.size(),
                counted(words));
    }

    /// Returns whether the answers are few short texts that repeat. Numbers are labels only where
    /// they are very few, as grades are, because small numbers repeat by themselves.
    private boolean isFixedSet(boolean numbers) {
        int mostLabels = numbers ? MOST_LABELS_THAT_ARE_NUMBERS : MOST_LABELS;
        double rowsALabel = numbers ? ROWS_A_LABEL_THAT_IS_A_NUMBER : ROWS_A_LABEL;
        int repeated = counts.values().stream()
                .mapToInt(Integer::intValue)
                .filter(count -> count > 1)
                .sum();
        return counts.size() > 1
                && counts.size() <= mostLabels
                && longest() <= LONGEST_LABEL
                && answers.size() >= rowsALabel * counts.size()
                && repeated >= REPEATED * answers.size();
    }

    private int longest() {
        return counts.keySet().stream()
                .mapToInt(TaskDetection::characters)
                .max()
                .orElse(0);
    }

    private int count(Predicate<String> kind) {
        return (int) answers.stream().filter(kind).count();
    }

    private static int characters(String text) {
        return text.codePointCount(0, text.length());
    }

    private static boolean isJson(String answer) {
        return (answer.startsWith("{") || answer.startsWith("["))
                && JsonText.parse(answer).isPresent();
    }

    private static boolean endsInNumber(String answer) {
        if (Numbers.value(answer).isPresent()) {
            return true;
        }
        boolean marked = answer.contains("####") || answer.contains("\\boxed");
        return marked && Numbers.answerIn(answer).isPresent()
                || CONCLUSION.matcher(answer).find();
    }

    private static String counted(double words) {
        return words == 1 ? "1 word" : String.format(Locale.ROOT, "%.0f words", words);
    }

    /// Returns the median number of words, where two characters of a script without spaces are a
    /// word.
    private static double median(List<String> texts, int[] looked) {
        double[] words = Arrays.stream(looked)
                .mapToDouble(row -> words(texts.get(row)))
                .sorted()
                .toArray();
        return words[(words.length - 1) / 2];
    }

    private static double words(String text) {
        double words = 0;
        for (String word : Words.of(text)) {
            words += Words.standsAlone(word.codePointAt(0)) ? 0.5 : 1;
        }
        return Math.ceil(words);
    }

    private static DetectedTask found(Task task, String reason, Object... numbers) {
        return new DetectedTask(task, String.format(Locale.ROOT, reason, numbers), List.of());
    }
}

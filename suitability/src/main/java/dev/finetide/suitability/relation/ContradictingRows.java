package dev.finetide.suitability.relation;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.sample.RowSample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Joins rows whose questions are equal or near and whose answers contradict each other. Rows are known by their places
/// in the index.
final class ContradictingRows {
    /// Characters of texts that are kept for comparing.
    private static final long MOST_CHARACTERS = 40_000_000;

    private static final int LONGEST_ANSWER = 4_000;

    /// Rows before a row that it is compared with, where many share most words.
    private static final int WINDOW = 32;

    private final QuestionIndex index;
    private final AnswerForms forms;
    private final List<Conflict> conflicts = new ArrayList<>();
    private final BitSet equal = new BitSet();
    private final BitSet near = new BitSet();
    private final List<Conflict> reworded = new ArrayList<>();
    private final Map<Integer, Texts> texts = new HashMap<>();
    private long leftOut;

    /// Rows that contradict each other.
    ///
    /// @param other first row with another answer than the first row
    /// @param toMend number of rows that do not have the group's most frequent answer
    private record Conflict(int[] places, int other, boolean isNear, int toMend) {}

    /// @param words words of the question, null where only the answer is needed
    private record Texts(AskedWords words, String answer) {}

    ContradictingRows(QuestionIndex index, AnswerForms forms) {
        this.index = index;
        this.forms = forms;
    }

    void find(RowScan rows, String split) throws IOException {
        List<int[]> questions = new ArrayList<>();
        index.equalQuestions(places -> {
            if (hasSeveralAnswers(places)) {
                questions.add(places);
            }
        });
        List<int[]> candidates = new ArrayList<>();
        index.nearQuestions(places -> {
            if (hasSeveralAnswers(places) && hasSeveralQuestions(places)) {
                candidates.add(places);
            }
        });
        BitSet wanted = new BitSet();
        BitSet asked = new BitSet();
        if (!forms.decidesByForm()) {
            questions.forEach(places -> firstOfEachAnswer(places).forEach(wanted::set));
        }
        for (int[] places : candidates) {
            for (int place : places) {
                asked.set(place);
            }
        }
        wanted.or(asked);
        readTexts(rows, split, wanted, asked);
        questions.forEach(this::addQuestion);
        candidates.forEach(this::addNear);
    }

    private boolean hasSeveralAnswers(int[] places) {
        for (int place : places) {
            if (index.answer(place) != index.answer(places[0])) {
                return true;
            }
        }
        return false;
    }

    private boolean hasSeveralQuestions(int[] places) {
        for (int place : places) {
            if (index.asked(place) != index.asked(places[0])) {
                return true;
            }
        }
        return false;
    }

    private List<Integer> firstOfEachAnswer(int[] places) {
        Set<Long> seen = new HashSet<>();
        List<Integer> first = new ArrayList<>();
        for (int place : places) {
            if (first.size() < AnswerForms.MOST_ANSWERS && seen.add(index.answer(place))) {
                first.add(place);
            }
        }
        return first;
    }

    private void readTexts(RowScan rows, String split, BitSet wanted, BitSet asked) throws IOException {
        if (wanted.isEmpty()) {
            return;
        }
        int[] next = {wanted.nextSetBit(0)};
        long[] characters = {0};
        rows.read(split, row -> {
            if (next[0] < 0 || index.number(next[0]) != row.number()) {
                return;
            }
            if (characters[0] < MOST_CHARACTERS) {
                String question = asked.get(next[0]) ? QuestionIndex.asked(row) : "";
                String answer = RowSample.cut(RowTexts.answer(row.row()), LONGEST_ANSWER);
                // A list of words takes several times the characters of its text.
                characters[0] += 4L * question.length() + answer.length();
                texts.put(next[0], new Texts(AskedWords.of(question), forms.decidesByForm() ? "" : answer));
            } else {
                leftOut++;
            }
            next[0] = wanted.nextSetBit(next[0] + 1);
        });
    }

    private void addQuestion(int[] places) {
        if (!forms.decidesByForm()) {
            List<String> answers = firstOfEachAnswer(places).stream()
                    .map(texts::get)
                    .filter(found -> found != null)
                    .map(Texts::answer)
                    .toList();
            if (!forms.contradict(answers)) {
                reworded.add(equalQuestion(places));
                return;
            }
        }
        for (int place : places) {
            equal.set(place);
        }
        conflicts.add(equalQuestion(places));
    }

    private Conflict equalQuestion(int[] places) {
        int most = counts(places).values().stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElseThrow();
        int other = Arrays.stream(places)
                .filter(place -> index.answer(place) != index.answer(places[0]))
                .findFirst()
                .orElseThrow();
        return new Conflict(places, other, false, places.length - most);
    }

    private void addNear(int[] places) {
        for (int i = 1; i < places.length; i++) {
            int place = places[i];
            for (int j = i - 1; j >= Math.max(0, i - WINDOW); j--) {
                boolean known = (equal.get(place) || near.get(place)) && (equal.get(places[j]) || near.get(places[j]));
                if (!known && contradict(place, places[j])) {
                    conflicts.add(new Conflict(new int[] {places[j], place}, place, true, 1));
                    markNear(place);
                    markNear(places[j]);
                }
            }
        }
    }

    private void markNear(int place) {
        if (!equal.get(place)) {
            near.set(place);
        }
    }

    private boolean contradict(int place, int other) {
        Texts one = texts.get(place);
        Texts two = texts.get(other);
        return index.answer(place) != index.answer(other)
                && index.asked(place) != index.asked(other)
                && one != null
                && two != null
                && one.words().isNear(two.words())
                && (forms.decidesByForm() || forms.contradict(List.of(one.answer(), two.answer())));
    }

    /// Writes the rows that contradict others: questions with most rows to mend first, then near questions.
    ///
    /// @param most number of contradicting rows to return, and of rows with answers in other words
    /// @return the first rows of both
    List<RowFound> writeTo(FoundRows found, String split, int most) throws IOException {
        conflicts.sort(Comparator.comparing(Conflict::isNear)
                .thenComparing(Comparator.comparingInt(Conflict::toMend).reversed())
                .thenComparingInt(conflict -> conflict.places()[0]));
        List<RowFound> first = new ArrayList<>();
        BitSet named = new BitSet();
        for (int group = 0; group < conflicts.size(); group++) {
            Conflict conflict = conflicts.get(group);
            Map<Long, Integer> counts = counts(conflict.places());
            for (int place : conflict.places()) {
                if (!named.get(place)) {
                    named.set(place);
                    RowFound row = found(
                                    FoundKind.CONTRADICTION, split, conflict, place, counts.get(index.answer(place)))
                            .setGroup(group + 1)
                            .build();
                    found.add(row);
                    if (first.size() < most) {
                        first.add(row);
                    }
                }
            }
        }
        List<RowFound> others = new ArrayList<>();
        for (int group = 0; group < reworded.size(); group++) {
            Conflict conflict = reworded.get(group);
            Map<Long, Integer> counts = counts(conflict.places());
            for (int place : conflict.places()) {
                RowFound row = found(FoundKind.REWORDED, split, conflict, place, counts.get(index.answer(place)))
                        .setGroup(group + 1)
                        .build();
                found.add(row);
                if (others.size() < most) {
                    others.add(row);
                }
            }
        }
        first.addAll(others);
        return first;
    }

    private Map<Long, Integer> counts(int[] places) {
        Map<Long, Integer> counts = new HashMap<>();
        for (int place : places) {
            counts.merge(index.answer(place), 1, Integer::sum);
        }
        return counts;
    }

    /// @param same number of rows of the group with the row's answer
    private RowFound.Builder found(FoundKind kind, String split, Conflict conflict, int place, int same) {
        int[] places = conflict.places();
        int other = index.answer(place) != index.answer(places[0]) ? places[0] : conflict.other();
        return RowFound.newBuilder()
                .setKind(kind)
                .setSplit(split)
                .setNumber(index.number(place))
                .setId(index.id(place))
                .setValue((double) (places.length - same) / places.length)
                .setOtherSplit(split)
                .setOtherNumber(index.number(other))
                .setOtherId(index.id(other))
                .setWhat(conflict.isNear() ? "near question" : "equal question");
    }

    /// Returns how many rows have a question that stands there again with another answer.
    long equalRows() {
        return equal.cardinality();
    }

    /// Returns how many further rows have a question that stands there again in nearly the same words, with another
    /// answer.
    long nearRows() {
        return near.cardinality();
    }

    /// Returns how many rows have a question that stands there again with an answer in other words,
    /// whose facts do not contradict each other; empty where each other answer contradicts.
    Optional<Integer> rewordedRows() {
        return forms.decidesByForm()
                ? Optional.empty()
                : Optional.of(reworded.stream()
                        .mapToInt(question -> question.places().length)
                        .sum());
    }

    /// Returns how many rows were not compared, because there are too many texts.
    long leftOut() {
        return leftOut;
    }
}

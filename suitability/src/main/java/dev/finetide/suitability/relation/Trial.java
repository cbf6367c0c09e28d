package dev.finetide.suitability.relation;

import dev.finetide.metrics.Task;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.near.NearGroups;
import dev.finetide.suitability.sample.Folds;
import dev.finetide.suitability.sample.RowSample;
import dev.finetide.suitability.sample.SampledRow;
import dev.finetide.suitability.sample.Spread;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/// Rows that a baseline is asked, and rows that it may learn from. A row of one fold is answered by what was learnt
/// from the other folds; equal and near questions are in one fold, because a baseline that has seen the question
/// answers too well.
///
/// @param known rows with known answers
/// @param foldOfKnown fold of each known row
/// @param groupOfKnown group of near questions of each known row
/// @param asked rows that are asked
/// @param foldOfAsked fold of each asked row
/// @param heldOut whether the asked rows are those of a split of their own
/// @param near whether near questions were held together, not only equal ones
public record Trial(
        List<SampledRow> known,
        int[] foldOfKnown,
        int[] groupOfKnown,
        List<SampledRow> asked,
        int[] foldOfAsked,
        boolean heldOut,
        boolean near) {
    /// The most rows that a baseline learns from, and is asked.
    public static final int MOST_KNOWN = 20_000;

    public static final int MOST_ASKED = 2_000;

    /// Rows below which a baseline says nothing.
    public static final int FEWEST_ASKED = 30;

    /// Part of the known rows that may be left out because they are near to asked rows, before the split is given up.
    private static final double MOST_LEAKED = 0.5;

    private static final int ASKED_FOLD = 1;

    /// Chooses the rows: those of a held-out split where it has 30 or more, else folds of the train rows.
    ///
    /// @return empty where there are too few rows, or too few different questions
    public static Optional<Trial> choose(RowScan rows, TrainRows train, Task task) throws IOException {
        List<SampledRow> known = Spread.over(train.sample().train(rows), MOST_KNOWN);
        Optional<String> split = RowSample.heldOut(rows);
        if (split.isPresent() && known.size() >= FEWEST_ASKED) {
            List<SampledRow> asked = Spread.over(train.sample().of(rows, split.get()), MOST_ASKED);
            if (asked.size() >= FEWEST_ASKED) {
                Optional<Trial> trial = heldOut(known, asked, train.scratch());
                if (trial.isPresent()) {
                    return trial;
                }
            }
        }
        return folds(known, task, train.scratch());
    }

    private static Optional<Trial> heldOut(List<SampledRow> known, List<SampledRow> asked, Path scratch)
            throws IOException {
        List<SampledRow> all = new ArrayList<>(known);
        all.addAll(asked);
        NearGroups groups = NearGroups.find(all, scratch);
        Set<Integer> leaking = new HashSet<>();
        for (int row = known.size(); row < all.size(); row++) {
            leaking.add(groups.of()[row]);
        }
        int[] kept = IntStream.range(0, known.size())
                .filter(row -> !leaking.contains(groups.of()[row]))
                .toArray();
        if (kept.length < FEWEST_ASKED || kept.length < MOST_LEAKED * known.size()) {
            return Optional.empty();
        }
        int[] group = new int[kept.length];
        int[] placeOf = new int[all.size()];
        for (int place = 0; place < kept.length; place++) {
            int first = groups.of()[kept[place]];
            if (first == kept[place]) {
                placeOf[first] = place;
            }
            group[place] = placeOf[first];
        }
        return Optional.of(new Trial(
                IntStream.of(kept).mapToObj(known::get).toList(),
                new int[kept.length],
                group,
                asked,
                IntStream.range(0, asked.size()).map(_ -> ASKED_FOLD).toArray(),
                true,
                groups.near()));
    }

    private static Optional<Trial> folds(List<SampledRow> known, Task task, Path scratch) throws IOException {
        if (known.size() < FEWEST_ASKED) {
            return Optional.empty();
        }
        NearGroups groups = NearGroups.find(known, scratch);
        if (Folds.groups(groups.of()) < FEWEST_ASKED) {
            return Optional.empty();
        }
        AnswerForms forms = new AnswerForms(task);
        List<String> classes = known.stream()
                .map(row -> task == Task.CLASSIFICATION ? forms.form(row.answer()) : "")
                .toList();
        Folds folds = Folds.deal(groups.of(), classes, Folds.USUAL);
        List<Integer> places =
                Spread.over(IntStream.range(0, known.size()).boxed().toList(), MOST_ASKED);
        return Optional.of(new Trial(
                known,
                folds.of(),
                groups.of(),
                places.stream().map(known::get).toList(),
                places.stream().mapToInt(place -> folds.of()[place]).toArray(),
                false,
                groups.near()));
    }

    /// Returns the folds that rows are asked of.
    public int[] folds() {
        return IntStream.of(foldOfAsked).distinct().sorted().toArray();
    }

    /// Returns the places of the known rows that answer rows of a fold.
    public int[] learntFor(int fold) {
        return IntStream.range(0, known.size())
                .filter(row -> foldOfKnown[row] != fold)
                .toArray();
    }

    /// Returns the places of the rows that are asked of a fold.
    public int[] askedOf(int fold) {
        return IntStream.range(0, asked.size())
                .filter(row -> foldOfAsked[row] == fold)
                .toArray();
    }
}

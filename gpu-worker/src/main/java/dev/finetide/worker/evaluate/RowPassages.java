package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Passage;
import dev.finetide.retrieval.rank.Place;
import dev.finetide.retrieval.rank.RankedRow;
import dev.finetide.retrieval.search.Hit;
import dev.finetide.worker.evaluate.passages.PassageSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Passages that were looked up for one row.
///
/// @param set set in which they were looked up
/// @param hits passages that were found, the best first; more than the prompt takes, so that ranks
///     are known
/// @param fitting number of passages that the prompt should have
/// @param shown number of passages that stand in the prompt
/// @param right passages that answer the row, if its tags name them
record RowPassages(PassageSet set, List<Hit> hits, int fitting, int shown, Optional<Set<Integer>> right) {
    /// Name of the metric: 1 where a passage in the prompt is the one that answers the row, else 0.
    static final String RECALL = "passage_recall";

    /// Name of the metric: 1 / rank of the passage that answers the row among the best 20, else 0.
    static final String RECIPROCAL_RANK = "passage_mrr";

    /// Number of passages among which the right one is looked for.
    static final int DEPTH = 20;

    static final RowPassages NONE =
            new RowPassages(PassageSet.ofTrainRows(List.of()), List.of(), 0, 0, Optional.empty());

    RowPassages {
        hits = List.copyOf(hits);
    }

    /// Makes the passages of a row, all of which shall stand in the prompt.
    static RowPassages found(PassageSet set, List<Hit> hits, int wanted) {
        int fitting = Math.min(wanted, hits.size());
        return new RowPassages(set, hits, fitting, fitting, Optional.empty());
    }

    /// Returns the same passages, of which the prompt has only the best ones.
    RowPassages best(int count) {
        return new RowPassages(set, hits, fitting, Math.min(count, fitting), right);
    }

    /// Returns the same passages with those that answer the row by its tags.
    RowPassages judgedBy(Map<String, String> tags) {
        return new RowPassages(set, hits, fitting, shown, set.right(tags));
    }

    /// Returns the texts that stand in the prompt, the best first.
    List<String> texts() {
        return hits.stream()
                .limit(shown)
                .map(hit -> set.texts().get(hit.passage()))
                .toList();
    }

    int dropped() {
        return fitting - shown;
    }

    /// Names the passages in a result, and scores them where the row's tags say which one answers it.
    void writeTo(ExampleResult.Builder result) {
        for (Hit hit : hits.subList(0, shown)) {
            Place place = set.place(hit.passage());
            result.addPassages(Passage.newBuilder()
                    .setDocument(place.document())
                    .setParagraph(place.paragraph())
                    .setScore(hit.score())
                    .setAnswers(right.filter(answers -> answers.contains(hit.passage()))
                            .isPresent()));
        }
        result.setDroppedPassages(dropped());
        if (fitting > 0 || !hits.isEmpty()) {
            right.ifPresent(answers -> score(answers, result));
        }
    }

    private void score(Set<Integer> answers, ExampleResult.Builder result) {
        RankedRow ranked =
                new RankedRow(List.of(answers), hits.stream().map(Hit::passage).toList());
        result.putScores(RECALL, ranked.recall(shown));
        result.putScores(RECIPROCAL_RANK, ranked.reciprocalRank());
    }
}

package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.retrieval.search.Hit;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.passages.PassageSearch;
import dev.finetide.worker.evaluate.passages.PassageSet;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// The train rows that can stand as examples before a question, the two ways to choose among them, and
/// the passages that are looked up for the question.
final class ExamplePool implements AutoCloseable {
    private final List<TextRow> rows;
    private final boolean withoutOwn;
    private final PassageSearch search;
    private final Map<String, Integer> equalRows = new HashMap<>();
    private ExampleIndex index;

    /// @param withoutOwn whether rows with the question and the answer of the asked row are left out of
    ///     its prompt, because the asked rows come from the train split, too
    /// @param search search of passages, which is closed by others
    ExamplePool(List<TextRow> rows, boolean withoutOwn, PassageSearch search) {
        this.search = search;
        this.rows = List.copyOf(rows);
        this.withoutOwn = withoutOwn;
        if (withoutOwn) {
            rows.forEach(row -> equalRows.merge(identity(row), 1, Integer::sum));
        }
    }

    ExamplePool(List<TextRow> rows, boolean withoutOwn) {
        this(rows, withoutOwn, new PassageSearch(PassageSources.NONE, List::of));
    }

    int size() {
        return rows.size();
    }

    PassageSearch search() {
        return search;
    }

    /// Looks passages up for a question. Where the asked rows come from the train split, train rows
    /// with the asked row's question and answer are left out.
    RowPassages passages(Retrieval wanted, TextRow asked) {
        if (wanted.getCount() == 0) {
            return RowPassages.NONE;
        }
        PassageSet set = search.set(wanted.getDocuments());
        boolean ownMayStandThere = withoutOwn && wanted.getDocuments().isEmpty();
        int depth = Math.max(wanted.getCount(), RowPassages.DEPTH);
        String own = RowTexts.solved(asked);
        List<Hit> hits = search.search(wanted, RowTexts.userText(asked), ownMayStandThere ? 2 * depth : depth).stream()
                .filter(hit ->
                        !ownMayStandThere || !set.texts().get(hit.passage()).equals(own))
                .limit(depth)
                .toList();
        return RowPassages.found(set, hits, wanted.getCount());
    }

    /// Returns examples for a question, those that are dropped last first: the most similar, or the
    /// first drawn. There are fewer than asked for where the pool has fewer.
    ///
    /// @param repeat draw of RANDOM, counted from 0
    List<TextRow> examples(Examples wanted, int repeat, TextRow asked) {
        int count = Math.min(wanted.getCount(), rows.size());
        if (count == 0) {
            return List.of();
        }
        int enough = Math.min(rows.size(), count + ownRows(asked));
        List<Integer> chosen = wanted.getChoice() == ExampleChoice.RANDOM
                ? drawn(wanted.getSeed(), repeat, enough)
                : index().nearest(RowTexts.userText(asked), enough);
        return chosen.stream()
                .map(rows::get)
                .filter(row -> !withoutOwn || !identity(row).equals(identity(asked)))
                .limit(count)
                .toList();
    }

    /// Returns the rows whose questions are most similar to a question by BM25, the most similar first.
    List<TextRow> mostSimilar(TextRow asked, int count) {
        return index().nearest(RowTexts.userText(asked), Math.min(count, rows.size())).stream()
                .map(rows::get)
                .toList();
    }

    private int ownRows(TextRow asked) {
        return withoutOwn ? equalRows.getOrDefault(identity(asked), 0) : 0;
    }

    private static String identity(TextRow row) {
        return RowTexts.asked(row) + "\n" + RowTexts.answer(row);
    }

    /// Draws rows without putting them back. A larger draw with the same seed begins with the smaller
    /// one.
    private List<Integer> drawn(long seed, int repeat, int count) {
        SplittableRandom random = new SplittableRandom(seed * 31 + repeat);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
        for (int i = 0; i < count; i++) {
            int other = random.nextInt(i, order.size());
            int row = order.get(other);
            order.set(other, order.get(i));
            order.set(i, row);
        }
        return order.subList(0, count);
    }

    /// The index is made when the first question needs it.
    private ExampleIndex index() {
        if (index == null) {
            index = new ExampleIndex(rows.stream().map(RowTexts::userText).toList());
        }
        return index;
    }

    @Override
    public void close() {
        if (index != null) {
            index.close();
            index = null;
        }
    }
}

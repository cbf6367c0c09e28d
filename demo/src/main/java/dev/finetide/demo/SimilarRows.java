package dev.finetide.demo;

import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.TextRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/// Finds the rows whose mails are most similar to a mail by BM25 (Robertson et al. 1994; k1 = 1.2, b = 0.75). The
/// platform asks Lucene, which rounds the lengths of texts, so that few rows differ.
final class SimilarRows {
    private static final double K1 = 1.2;
    private static final double B = 0.75;

    private final List<TextRow> rows;
    private final List<Map<String, Integer>> counts = new ArrayList<>();
    private final int[] lengths;
    private final double meanLength;
    private final Map<String, Integer> rowsWithWord = new HashMap<>();

    SimilarRows(List<TextRow> rows) {
        this.rows = List.copyOf(rows);
        for (TextRow row : rows) {
            Map<String, Integer> count = new HashMap<>();
            words(row).forEach(word -> count.merge(word, 1, Integer::sum));
            count.keySet().forEach(word -> rowsWithWord.merge(word, 1, Integer::sum));
            counts.add(count);
        }
        lengths = rows.stream().mapToInt(row -> words(row).size()).toArray();
        meanLength = IntStream.of(lengths).average().orElse(1);
    }

    /// Returns the most similar rows, the nearest last.
    List<TextRow> nearest(TextRow asked, int count) {
        List<String> words = words(asked);
        double[] scores = IntStream.range(0, rows.size())
                .mapToDouble(row -> score(words, row))
                .toArray();
        return IntStream.range(0, rows.size())
                .boxed()
                .sorted(Comparator.comparingDouble(row -> -scores[row]))
                .limit(count)
                .map(rows::get)
                .toList()
                .reversed();
    }

    private double score(List<String> words, int row) {
        double score = 0;
        for (String word : words) {
            int count = counts.get(row).getOrDefault(word, 0);
            if (count > 0) {
                int with = rowsWithWord.get(word);
                double rarity = Math.log(1 + (rows.size() - with + 0.5) / (with + 0.5));
                score += rarity * count / (count + K1 * (1 - B + B * lengths[row] / meanLength));
            }
        }
        return score;
    }

    private static List<String> words(TextRow row) {
        String mail = ((ChatRow) row).messages().getFirst().content();
        return List.of(mail.toLowerCase(Locale.ROOT).strip().split("[^\\p{L}\\p{N}]+"));
    }
}

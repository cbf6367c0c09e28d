package dev.finetide.worker;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Compares answers with the expected ones, and sums the comparisons of many rows.
final class AnswerMetrics {
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private AnswerMetrics() {}

    /// Whether two texts are equal without the white space at both ends.
    static boolean exactMatch(String expected, String output) {
        return expected.strip().equals(output.strip());
    }

    /// Computes the F1 score of the two multisets of words, which white space separates; 1 where both are empty.
    /// Source: Rajpurkar et al. 2016, SQuAD v1.1, section 6.1, without the rules for articles and punctuation.
    static double tokenF1(String expected, String output) {
        List<String> wanted = words(expected);
        List<String> given = words(output);
        if (wanted.isEmpty() || given.isEmpty()) {
            return wanted.isEmpty() && given.isEmpty() ? 1 : 0;
        }
        Map<String, Integer> left = new HashMap<>();
        wanted.forEach(word -> left.merge(word, 1, Integer::sum));
        int common = 0;
        for (String word : given) {
            if (left.merge(word, -1, Integer::sum) >= 0) {
                common++;
            }
        }
        return 2.0 * common / (wanted.size() + given.size());
    }

    /// Whether the answer is one JSON object or array and nothing else.
    static boolean validJson(String output) {
        try {
            JsonNode node = JSON.readTree(output);
            return node != null && node.isContainerNode();
        } catch (JacksonException e) {
            return false;
        }
    }

    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }

    /// Adds up one variant's rows.
    static final class Sum {
        private long rows;
        private long exact;
        private double f1;
        private double nll;
        private long tokens;
        private long json;
        private boolean reportsJson;
        private long cut;

        void add(ExampleResult result) {
            rows++;
            exact += result.getExactMatch() ? 1 : 0;
            f1 += result.getTokenF1();
            nll += result.getNll();
            tokens += result.getTokens();
            reportsJson |= result.hasValidJson();
            json += result.getValidJson() ? 1 : 0;
            cut += result.getOutputCut() ? 1 : 0;
        }

        VariantMetrics metrics() {
            double loss = nll / tokens;
            VariantMetrics.Builder metrics = VariantMetrics.newBuilder()
                    .setRows(rows)
                    .setExactMatch((double) exact / rows)
                    .setTokenF1(f1 / rows)
                    .setLoss(loss)
                    .setPerplexity(Math.exp(loss))
                    .setCutOutputs(cut);
            if (reportsJson) {
                metrics.setValidJson((double) json / rows);
            }
            return metrics.build();
        }
    }
}

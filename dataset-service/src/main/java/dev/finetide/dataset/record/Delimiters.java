package dev.finetide.dataset.record;

import java.util.ArrayList;
import java.util.List;

/// Finds the character between the fields of CSV: the one that gives the most records as many fields as the header line
/// has, of comma, semicolon, tab and vertical bar.
final class Delimiters {
    private static final char[] KNOWN = {',', ';', '\t', '|'};
    private static final int PROBED_RECORDS = 50;

    private Delimiters() {}

    /// @param text   beginning of the text in UTF-8
    /// @param ending ending of the path; tab for ".tsv" and ".tab"
    static char find(byte[] text, boolean complete, String ending) {
        if (ending.equals(".tsv") || ending.equals(".tab")) {
            return '\t';
        }
        char best = ',';
        double bestScore = 0;
        for (char delimiter : KNOWN) {
            double score = score(counts(text, complete, delimiter));
            if (score > bestScore) {
                best = delimiter;
                bestScore = score;
            }
        }
        return best;
    }

    /// Returns the fraction of records with as many delimiters as the header line, and a little more for more fields.
    private static double score(List<Integer> counts) {
        if (counts.isEmpty() || counts.getFirst() == 0) {
            return 0;
        }
        int header = counts.getFirst();
        long equal = counts.stream().filter(count -> count == header).count();
        return (double) equal / counts.size() + Math.min(header, 99) * 0.001;
    }

    /// Counts the delimiters outside quotes in each of the first records.
    private static List<Integer> counts(byte[] text, boolean complete, char delimiter) {
        List<Integer> counts = new ArrayList<>();
        int count = 0;
        boolean quoted = false;
        boolean blank = true;
        boolean fieldBegins = true;
        for (int i = 0; i < text.length && counts.size() < PROBED_RECORDS; i++) {
            char c = (char) (text[i] & 0xFF);
            if (c == '"' && (quoted || fieldBegins)) {
                quoted = !quoted;
                blank = false;
                // A doubled quote closes and opens again.
                fieldBegins = !quoted;
            } else if (!quoted && c == '\n') {
                if (!blank) {
                    counts.add(count);
                }
                count = 0;
                blank = true;
                fieldBegins = true;
            } else if (!quoted && c == delimiter) {
                count++;
                blank = false;
                fieldBegins = true;
            } else if (c != '\r') {
                blank &= c == ' ';
                fieldBegins = false;
            }
        }
        if (complete && !blank && counts.size() < PROBED_RECORDS) {
            counts.add(count);
        }
        return counts;
    }
}

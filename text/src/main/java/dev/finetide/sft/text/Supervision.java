package dev.finetide.sft.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Counts what is learnt from rows and what was found in them, and names the first rows of each
/// finding. A worker counts the rows of a run with it, and dataset-service those of a split before
/// a run. Not safe for use by several threads.
public final class Supervision {
    /// Number of rows of a finding that are named.
    private static final int NAMED_ROWS = 10;

    /// A row in which something was found.
    ///
    /// @param source place of the row in the upload, if known
    /// @param field part of the row that is meant; empty for the whole row
    public record Place(Optional<RowSource> source, String field) {}

    /// Number of rows of one finding.
    ///
    /// @param first the first such rows of the upload, at most 10
    public record Count(RowFinding finding, long rows, List<Place> first) {}

    private final Map<RowFinding, Long> counts = new EnumMap<>(RowFinding.class);
    private final Map<RowFinding, List<Place>> first = new EnumMap<>(RowFinding.class);
    private long rows;
    private long tokens;
    private long learntTokens;
    private int longestRow;

    /// Counts a row: each kind of finding once, and the tokens of a row that is learnt from.
    public void add(SeenRow row, Optional<RowSource> source) {
        rows++;
        row.kinds().forEach(kind -> add(kind, source, field(row, kind)));
        row.tokens().ifPresent(seen -> {
            longestRow = Math.max(longestRow, seen.length());
            if (row.refusal().isEmpty()) {
                tokens += seen.length();
                learntTokens += seen.supervisedTokens();
            }
        });
    }

    private static String field(SeenRow row, RowFinding kind) {
        return row.found().stream()
                .filter(one -> one.finding() == kind)
                .findFirst()
                .orElseThrow()
                .field();
    }

    /// Counts one finding of a row.
    ///
    /// @param field part of the row that is meant; empty for the whole row
    public void add(RowFinding finding, Optional<RowSource> source, String field) {
        counts.merge(finding, 1L, Long::sum);
        List<Place> named = first.computeIfAbsent(finding, kind -> new ArrayList<>());
        named.add(new Place(source, field));
        named.sort(UPLOAD_ORDER);
        if (named.size() > NAMED_ROWS) {
            named.removeLast();
        }
    }

    /// The order of the upload: other files before the test file, and each by its lines. Shards
    /// hold rows in another order.
    private static final Comparator<Place> UPLOAD_ORDER = Comparator.comparing((Place place) ->
                    place.source().map(RowSource::file).orElse("").equals("test"))
            .thenComparing(place -> place.source().map(RowSource::file).orElse(""))
            .thenComparing(place -> place.source().map(RowSource::line).orElse(0L))
            .thenComparing(place -> place.source().map(RowSource::record).orElse(0L));

    /// Returns the findings that some row has.
    public List<Count> counts() {
        return counts.entrySet().stream()
                .map(count -> new Count(count.getKey(), count.getValue(), List.copyOf(first.get(count.getKey()))))
                .toList();
    }

    /// Returns the number of rows.
    public long rows() {
        return rows;
    }

    /// Returns the number of tokens of all rows that are learnt from.
    public long tokens() {
        return tokens;
    }

    /// Returns the number of tokens that carry loss.
    public long learntTokens() {
        return learntTokens;
    }

    /// Returns the number of tokens of the longest row.
    public int longestRow() {
        return longestRow;
    }
}

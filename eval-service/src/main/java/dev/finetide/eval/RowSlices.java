package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.RowFacts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Groups the rows of an evaluation by what they have in common. A group of fewer than ten rows tells nothing and is
/// left out, and so is a field that puts all rows into one group.
///
/// @param facts facts by the row's number
record RowSlices(Map<Integer, RowFacts> facts) {
    private static final int FEWEST_ROWS = 10;
    private static final int MOST_VALUES = 20;
    private static final int QUARTERS = 4;
    private static final double SIMILAR = 0.6;
    private static final double SOMEWHAT_SIMILAR = 0.3;

    /// A group of rows.
    ///
    /// @param rows numbers of its rows, in order
    record Group(String field, String value, List<Integer> rows) {}

    List<Group> groups() {
        List<Group> groups = new ArrayList<>();
        TreeSet<String> tags = new TreeSet<>();
        facts.values().forEach(row -> tags.addAll(row.getTagsMap().keySet()));
        tags.forEach(tag -> groups.addAll(byValue(
                "tag " + tag, row -> Optional.ofNullable(row.getTagsMap().get(tag)))));
        groups.addAll(byValue("label", row -> Optional.of(row.getLabel()).filter(label -> !label.isEmpty())));
        groups.addAll(byLength());
        groups.addAll(byValue("train similarity", RowSlices::similarity));
        groups.addAll(byValue("leaked", row -> Optional.of(row.getLeaked() ? "yes" : "no")));
        return groups;
    }

    private static Optional<String> similarity(RowFacts row) {
        if (!row.hasTrainSimilarity()) {
            return Optional.empty();
        }
        double similarity = row.getTrainSimilarity();
        return Optional.of(
                similarity < SOMEWHAT_SIMILAR ? "below 0.3" : similarity < SIMILAR ? "0.3 to 0.6" : "0.6 or more");
    }

    private List<Group> byValue(String field, Function<RowFacts, Optional<String>> value) {
        Map<String, List<Integer>> rows = new TreeMap<>();
        facts.forEach((row, known) -> value.apply(known)
                .ifPresent(found ->
                        rows.computeIfAbsent(found, _ -> new ArrayList<>()).add(row)));
        return rows.size() < 2
                ? List.of()
                : rows.entrySet().stream()
                        .filter(group -> group.getValue().size() >= FEWEST_ROWS)
                        .sorted(Comparator.comparing(group -> -group.getValue().size()))
                        .limit(MOST_VALUES)
                        .map(group -> new Group(field, group.getKey(), group.getValue()))
                        .toList();
    }

    /// Cuts the rows into quarters by the length of their questions. Rows of one length stay together.
    private List<Group> byLength() {
        long[] lengths = facts.values().stream()
                .mapToLong(RowFacts::getInputCharacters)
                .sorted()
                .toArray();
        TreeSet<Long> longest = new TreeSet<>();
        for (int quarter = 1; quarter <= QUARTERS && lengths.length > 0; quarter++) {
            longest.add(lengths[Math.max(0, (int) ((long) quarter * lengths.length / QUARTERS) - 1)]);
        }
        Map<Long, List<Integer>> rows = new LinkedHashMap<>();
        longest.forEach(end -> rows.put(end, new ArrayList<>()));
        facts.forEach((row, known) ->
                rows.get(longest.ceiling(known.getInputCharacters())).add(row));
        if (rows.size() < 2) {
            return List.of();
        }
        List<Group> groups = new ArrayList<>();
        rows.forEach((end, members) -> {
            if (members.size() >= FEWEST_ROWS) {
                Long before = longest.lower(end);
                String from = before == null ? "at most " : String.format(Locale.ROOT, "%,d to ", before + 1);
                groups.add(
                        new Group("input length", from + String.format(Locale.ROOT, "%,d characters", end), members));
            }
        });
        return groups;
    }
}

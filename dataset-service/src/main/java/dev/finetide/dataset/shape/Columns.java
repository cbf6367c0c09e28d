package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// The columns that are no part of the row: left out, kept as tags, or read as split and group. Thread-safe.
final class Columns {
    /// Length of the longest tag, in characters.
    private static final int LONGEST_TAG = 10_000;

    private final List<String> ignored;
    private final List<List<String>> ignoredInside = new ArrayList<>();
    private final List<String> tags;
    private final String split;
    private final String group;
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    /// Values that were taken out of a record.
    record Taken(SortedMap<String, String> tags, Optional<String> split, Optional<String> group) {}

    Columns(ReadOptions options, SplitRules rules) {
        this.ignored = List.copyOf(options.getIgnoreColumnsList());
        for (String column : ignored) {
            if (column.contains(".")) {
                ignoredInside.add(List.of(column.split("\\.")));
            }
        }
        this.tags = List.copyOf(options.getTagColumnsList());
        this.split = rules.getColumn();
        this.group = rules.getGroupColumn();
        for (String column : tags) {
            if (ignored.contains(column)) {
                throw ApiException.invalidField(
                        "tag_columns", "the column " + RowFault.quoted(column) + " is in ignore_columns, too");
            }
        }
    }

    /// Removes the ignored columns. A column with dots is a key inside: "messages.id" is that of all messages.
    void leaveOutIgnored(ObjectNode row) {
        ignored.forEach(row::remove);
        ignoredInside.forEach(path -> remove(row, path));
    }

    /// Removes all columns that are no part of the row, for a look at the others.
    void removeFrom(ObjectNode row) {
        tags.forEach(row::remove);
        row.remove(split);
        row.remove(group);
    }

    /// Takes tags, split and group out of a record. A column that the shape knows stays in the record, too.
    ///
    /// @param known keys of the shape; empty if it reads all columns
    Taken take(ObjectNode row, Set<String> known) throws RowFault {
        if (tags.isEmpty() && split.isEmpty() && group.isEmpty()) {
            return new Taken(Collections.emptySortedMap(), Optional.empty(), Optional.empty());
        }
        SortedMap<String, String> taken = new TreeMap<>();
        for (String column : tags) {
            value(row, column).ifPresent(text -> taken.put(column, text));
        }
        Optional<String> part = value(row, split);
        if (!split.isEmpty() && part.isEmpty()) {
            throw RowFault.of(
                    RowFault.place("", split),
                    "the row has no value in the column " + RowFault.quoted(split) + " of its split");
        }
        Optional<String> together = value(row, group);
        if (!known.isEmpty()) {
            tags.stream().filter(column -> !known.contains(column)).forEach(row::remove);
            if (!known.contains(split)) {
                row.remove(split);
            }
            if (!known.contains(group)) {
                row.remove(group);
            }
        }
        return new Taken(taken, part, together);
    }

    List<String> missing() {
        List<String> missing = new ArrayList<>(new LinkedHashSet<>(tags));
        missing.add(split);
        missing.add(group);
        missing.removeIf(column -> column.isEmpty() || seen.contains(column));
        return missing;
    }

    private Optional<String> value(ObjectNode row, String column) throws RowFault {
        JsonNode value = column.isEmpty() ? null : row.get(column);
        if (value == null) {
            return Optional.empty();
        }
        if (!seen.contains(column)) {
            seen.add(column);
        }
        if (value.isContainerNode()) {
            throw RowFault.at(
                    RowFault.place("", column), "is a list or an object, and a column of tags has texts and numbers");
        }
        String text = value.isNull() ? "" : value.asText();
        if (text.length() > LONGEST_TAG) {
            throw RowFault.at(RowFault.place("", column), "is longer than the " + LONGEST_TAG + " characters of a tag");
        }
        return Optional.of(text).filter(known -> !known.isEmpty());
    }

    private static void remove(JsonNode holder, List<String> path) {
        if (holder instanceof ArrayNode list) {
            list.forEach(element -> remove(element, path));
        } else if (holder instanceof ObjectNode object) {
            if (path.size() == 1) {
                object.remove(path.getFirst());
            } else if (object.has(path.getFirst())) {
                remove(object.get(path.getFirst()), path.subList(1, path.size()));
            }
        }
    }
}

package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ContentsSection.Part;
import dev.finetide.suitability.NotMeasured;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Sizes by the values of tags. A tag with very many values, or long ones, makes no groups. Not thread-safe.
final class TagSizes {
    static final int MOST_VALUES = 50;
    static final int MOST_TAGS = 20;
    private static final int LONGEST_VALUE = 100;
    private static final int KEPT = 400;

    private final SortedMap<String, SortedMap<String, PartSizes>> groups = new TreeMap<>();
    private final SortedMap<String, String> refused = new TreeMap<>();

    void add(Map<String, String> tags, RowSizes sizes) {
        tags.forEach((tag, value) -> {
            if (!isRefused(tag, value)) {
                groups.computeIfAbsent(tag, name -> new TreeMap<>())
                        .computeIfAbsent(value, name -> new PartSizes(KEPT))
                        .add(sizes);
            }
        });
    }

    private boolean isRefused(String tag, String value) {
        if (refused.containsKey(tag)) {
            return true;
        }
        SortedMap<String, PartSizes> values = groups.get(tag);
        if (values == null && groups.size() == MOST_TAGS) {
            // The number of refused tags is bounded by their number in one version.
            refused.put(tag, "only " + MOST_TAGS + " tags are measured");
        } else if (value.length() > LONGEST_VALUE) {
            refused.put(tag, "a value has more than " + LONGEST_VALUE + " characters");
        } else if (values != null && values.size() == MOST_VALUES && !values.containsKey(value)) {
            refused.put(tag, "it has more than " + MOST_VALUES + " values");
        } else {
            return false;
        }
        groups.remove(tag);
        return true;
    }

    List<Part> parts() {
        List<Part> parts = new ArrayList<>();
        groups.forEach((tag, values) -> values.forEach((value, sizes) -> parts.add(sizes.part("tag " + tag, value))));
        return parts;
    }

    void noteRefused(NotMeasured notes) {
        refused.forEach((tag, why) -> notes.add("sizes by tag " + tag, why));
    }
}

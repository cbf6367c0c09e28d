package dev.finetide.suitability.permission;

import dev.finetide.proto.dataset.v1.PermissionSection;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.Shares;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Counts the licences that tags name. Not thread-safe.
final class Licences {
    private static final Set<String> TAGS =
            Set.of("license", "licence", "licenses", "licences", "license_id", "license_name", "spdx", "lizenz");
    private static final int MOST = 50;
    private static final int LONGEST = 100;

    private final Map<String, Long> counts = new HashMap<>();
    private long rows;
    private long named;
    private boolean tooMany;

    void add(Map<String, String> tags) {
        rows++;
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (TAGS.contains(tag.getKey().toLowerCase(Locale.ROOT))
                    && !tag.getValue().isBlank()) {
                named++;
                count(tag.getValue().strip());
                return;
            }
        }
    }

    private void count(String licence) {
        String cut = licence.length() > LONGEST ? licence.substring(0, LONGEST) : licence;
        if (counts.size() == MOST && !counts.containsKey(cut)) {
            tooMany = true;
        } else {
            counts.merge(cut, 1L, Long::sum);
        }
    }

    void write(PermissionSection.Builder section, NotMeasured notes) {
        if (named == 0) {
            notes.add("licences", "no row has a tag license");
            return;
        }
        section.addAllLicences(Shares.largest(counts, MOST));
        if (tooMany) {
            notes.add("licences", "there are more than %d; the first are counted".formatted(MOST));
        } else if (named < rows) {
            notes.add("licences", "%,d of %,d rows name none".formatted(rows - named, rows));
        }
    }
}

package dev.finetide.cli.dataset.report;

import dev.finetide.proto.dataset.v1.ReportSection;
import java.util.Locale;

/// Names the sections of a report for people.
final class SectionNames {
    private SectionNames() {}

    static String word(ReportSection section) {
        return section.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}

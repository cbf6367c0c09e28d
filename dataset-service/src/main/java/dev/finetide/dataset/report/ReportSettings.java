package dev.finetide.dataset.report;

import dev.finetide.kit.work.SupervisionSettings;
import io.smallrye.config.ConfigMapping;

/// The settings of reports. Keys, units and defaults stand in application.properties.
@ConfigMapping(prefix = "dataset.reports")
interface ReportSettings extends SupervisionSettings {
    int atOnce();

    boolean onPublication();
}

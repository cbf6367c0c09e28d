package dev.finetide.cli.dataset.report;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.dataset.v1.DatasetReport;
import java.util.List;

/// Fills in the names in the commands that a verdict advises, so that they can be copied.
final class NextSteps {
    private NextSteps() {}

    static List<String> of(DatasetReport report) {
        String version = Names.typed(report.getDatasetVersion());
        String dataset = version.contains("/versions/")
                ? version.substring(0, version.indexOf("/versions/"))
                : version.substring(0, version.lastIndexOf('@'));
        return report.getReport().getVerdict().getNextStepsList().stream()
                .map(step -> step.replace("dataset derive …", "dataset derive " + dataset + " --from " + version)
                        .replace("dataset report …", "dataset report " + version)
                        .replace("--dataset …", "--dataset " + version))
                .toList();
    }
}

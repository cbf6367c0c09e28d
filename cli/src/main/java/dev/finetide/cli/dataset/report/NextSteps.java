package dev.finetide.cli.dataset.report;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.dataset.v1.DatasetReport;
import java.util.List;

/// Fills in the names in the commands that a verdict advises, so that they can be copied.
final class NextSteps {
    private NextSteps() {}

    static List<String> of(DatasetReport report) {
        String version = Names.typed(report.getDatasetVersion());
        int end = version.contains("/versions/") ? version.indexOf("/versions/") : version.lastIndexOf('@');
        String dataset = end < 0 ? version : version.substring(0, end);
        return report.getReport().getVerdict().getNextStepsList().stream()
                .map(step -> step.replace("dataset derive …", "dataset derive " + dataset + " --from " + version)
                        .replace("dataset report …", "dataset report " + version)
                        .replace("--dataset …", "--dataset " + version))
                .toList();
    }
}

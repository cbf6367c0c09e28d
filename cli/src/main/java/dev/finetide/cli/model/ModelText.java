package dev.finetide.cli.model;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.MetricText;
import dev.finetide.cli.eval.PassagesText;
import dev.finetide.cli.eval.ReportPage;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.PrintWriter;
import java.util.Locale;

/// Prints a model version for people.
final class ModelText {
    private ModelText() {}

    static String kind(ModelVersion version) {
        return version.getKind() == ModelKind.FULL_MODEL ? "full model" : "adapter";
    }

    /// Writes a state as words: PENDING_APPROVAL becomes "pending approval".
    static String state(ModelVersion.State state) {
        return state.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /// Writes the primary metric of the version's arm: "exact_match 0.953"; "-" before the
    /// evaluation has ended.
    static String score(ModelVersion version) {
        EvaluationReport report = version.getReport();
        return report.getMetricsList().stream()
                .findFirst()
                .flatMap(metric -> ReportPage.tuned(report)
                        .map(arm -> arm.getScoresMap().get(metric))
                        .map(score -> metric + " " + MetricText.value(score.getValue())))
                .orElse("-");
    }

    static void print(ModelVersion version, PrintWriter out) {
        Table table = new Table()
                .row("model version", Names.brief(version.getName()))
                .row("kind", kind(version))
                .row("state", state(version.getState()));
        version.getReasonsList().forEach(reason -> table.row("reason", reason));
        if (!version.getEvaluation().isEmpty()) {
            table.row("evaluation", Names.brief(version.getEvaluation()));
        }
        table.row("run", Names.brief(version.getTrainingRun()))
                .row("dataset", Names.brief(version.getDatasetVersion()));
        if (version.getPassages().getCount() > 0) {
            table.row("passages", "learnt with " + PassagesText.words(version.getPassages()));
        }
        table.row("base", Names.brief(version.getBase()) + "  " + Formats.digest(version.getBaseDigest()))
                .row("template contract", Formats.orDash(Formats.digest(version.getTemplateDigest())))
                .row("digest", version.getDigest())
                .row("created", Formats.time(version.getCreateTime()));
        for (BlobFile file : version.getFilesList()) {
            table.row(
                    "file",
                    file.getPath() + "  " + Formats.bytes(file.getSizeBytes()) + "  "
                            + Formats.digest(file.getSha256()));
        }
        version.getHistoryList()
                .forEach(change -> table.row(
                        Formats.time(change.getTime()),
                        state(change.getState()) + " by " + change.getActor()
                                + (change.getCause().isEmpty() ? "" : " (" + change.getCause() + ")")));
        table.print(out);
        if (version.hasReport()) {
            out.println();
            new ReportPage(version.getReport()).print(out);
        }
    }
}

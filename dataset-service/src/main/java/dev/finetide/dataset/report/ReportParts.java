package dev.finetide.dataset.report;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.finetide.kit.work.WrittenFiles;
import dev.finetide.proto.dataset.v1.DatasetReport;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.worker.v1.BaseLosses;
import dev.finetide.proto.worker.v1.ReportProgress;
import java.util.List;
import java.util.Locale;

/// Puts a report together from the sections that workers send. Whoever can write to the workers' topic
/// can send any section, so only one that fits is taken.
final class ReportParts {
    private static final int LARGEST_SECTION = 4 << 20;

    /// The most losses that are kept, far more than a worker measures.
    private static final int MOST_LOSSES = 10_000;

    private ReportParts() {}

    /// Adds a section. A section that the report has already stays as it is.
    ///
    /// @param prefix prefix of the blobs that the writer may write, with its closing `/`
    /// @throws IllegalArgumentException if the section does not fit
    static DatasetReport with(DatasetReport report, ReportProgress progress, String prefix) {
        SuitabilityReport section = progress.getSection();
        if (section.getDoneCount() != 1 || section.getSerializedSize() > LARGEST_SECTION) {
            throw new IllegalArgumentException("expected one section of at most " + LARGEST_SECTION + " bytes, got "
                    + section.getDoneCount() + " of " + section.getSerializedSize() + " bytes");
        }
        ReportSection kind = section.getDone(0);
        if (progress.getFilesCount() > 0) {
            WrittenFiles.problem(progress.getFilesList(), prefix).ifPresent(problem -> {
                throw new IllegalArgumentException("the files of section " + kind + ": " + problem);
            });
        }
        if (report.getReport().getDoneList().contains(kind)) {
            return report;
        }
        DatasetReport.Builder whole = report.toBuilder().addAllFiles(progress.getFilesList());
        SuitabilityReport.Builder parts = whole.getReportBuilder().addDone(kind);
        section.getUnmeasuredList().stream()
                .filter(unmeasured -> unmeasured.getSection() == kind)
                .forEach(parts::addUnmeasured);
        FieldDescriptor field = field(kind);
        if (section.hasField(field)) {
            parts.setField(field, section.getField(field));
        }
        return kind == ReportSection.WITH_BASE ? whole.clearBaseLosses().build() : whole.build();
    }

    /// Adds losses of a section that is not made yet.
    ///
    /// @throws IllegalArgumentException if the report has no such section, or they are too many
    static DatasetReport measured(DatasetReport report, BaseLosses losses) {
        if (report.getBase().isEmpty() || report.getReport().getDoneList().contains(ReportSection.WITH_BASE)) {
            throw new IllegalArgumentException("expected no losses of a base, got " + losses.getLossesCount());
        }
        DatasetReport more =
                report.toBuilder().addAllBaseLosses(losses.getLossesList()).build();
        if (more.getBaseLossesCount() > MOST_LOSSES) {
            throw new IllegalArgumentException(
                    "expected at most " + MOST_LOSSES + " losses, got " + more.getBaseLossesCount());
        }
        return more;
    }

    /// Returns the report with the time of one more attempt.
    static DatasetReport took(DatasetReport report, double seconds) {
        DatasetReport.Builder whole = report.toBuilder();
        whole.getReportBuilder().setSeconds(report.getReport().getSeconds() + Math.max(0, seconds));
        return whole.build();
    }

    /// Whether a worker has made every section that the report ends with.
    static boolean isWhole(DatasetReport report) {
        List<ReportSection> done = report.getReport().getDoneList();
        return done.contains(ReportSection.VERDICT)
                && (report.getBase().isEmpty() || done.contains(ReportSection.WITH_BASE));
    }

    private static FieldDescriptor field(ReportSection kind) {
        FieldDescriptor field = kind == ReportSection.UNRECOGNIZED
                ? null
                : SuitabilityReport.getDescriptor()
                        .findFieldByName(kind.getValueDescriptor().getName().toLowerCase(Locale.ROOT));
        if (field == null) {
            throw new IllegalArgumentException("expected a section that this service knows, got " + kind);
        }
        return field;
    }
}

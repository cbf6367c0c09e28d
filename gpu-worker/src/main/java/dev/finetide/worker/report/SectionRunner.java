package dev.finetide.worker.report;

import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.Unmeasured;
import dev.finetide.suitability.Section;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Makes the sections of a report that are not made yet, in their order, and hands each over as soon as
/// it is whole. A section that fails says so in the report, and the others are still made. Not
/// thread-safe.
public final class SectionRunner {
    private static final String ALL_OF_IT = "all of this section";

    /// The largest section in bytes, far below the broker's limit of a record.
    private static final int LARGEST = 512 << 10;

    /// Ends a report whose worker was told to stop. Thrown by a scan, or by a wait for the device.
    public static final class Stopped extends RuntimeException {
        public Stopped() {
            super("the worker was told to stop", null, false, false);
        }
    }

    /// Takes what is known about a report as it grows.
    public interface Listener {
        /// Called before a section.
        ///
        /// @return an empty directory for the section's files
        Path begins(ReportSection kind) throws IOException;

        /// Called with a whole section alone.
        ///
        /// @param directory the section's files
        void made(SuitabilityReport section, Path directory) throws IOException;

        /// Called when a section has failed.
        void failed(ReportSection kind, Throwable failure);
    }

    private final ShardScan rows;
    private final Listener listener;

    public SectionRunner(ShardScan rows, Listener listener) {
        this.rows = rows;
        this.listener = listener;
    }

    /// Makes the sections.
    ///
    /// @param known sections that earlier attempts have made
    /// @throws Stopped     if the worker was told to stop
    /// @throws IOException if rows cannot be read, or findings cannot be stored
    public void run(List<Section> sections, SuitabilityReport known) throws IOException {
        SuitabilityReport.Builder report = known.toBuilder();
        for (Section section :
                sections.stream().sorted(Comparator.comparing(Section::kind)).toList()) {
            if (!known.getDoneList().contains(section.kind())) {
                Path directory = listener.begins(section.kind());
                SuitabilityReport made = make(section, report.build(), directory);
                listener.made(made, directory);
                report.mergeFrom(made);
            }
        }
    }

    private SuitabilityReport make(Section section, SuitabilityReport before, Path directory) throws IOException {
        SuitabilityReport.Builder report = before.toBuilder();
        try (FoundFiles found = new FoundFiles(directory)) {
            section.measure(rows, found, report);
        } catch (Stopped stopped) {
            throw stopped;
        } catch (RuntimeException | OutOfMemoryError failure) {
            listener.failed(section.kind(), failure);
            return alone(section.kind())
                    .addUnmeasured(unmeasured(
                            section.kind(),
                            ALL_OF_IT,
                            failure instanceof OutOfMemoryError
                                    ? "the memory of the worker was too small"
                                    : "it failed, see the worker's log"))
                    .build();
        }
        SuitabilityReport.Builder made = alone(section.kind());
        FieldDescriptor field = field(section.kind());
        if (report.hasField(field)) {
            made.setField(field, report.getField(field));
        }
        report.getUnmeasuredList().subList(before.getUnmeasuredCount(), report.getUnmeasuredCount()).stream()
                .map(entry -> entry.toBuilder().setSection(section.kind()).build())
                .forEach(made::addUnmeasured);
        if (section.kind() == ReportSection.CONTENTS) {
            addUnreadable(made);
        }
        return made.build().getSerializedSize() <= LARGEST
                ? made.build()
                : alone(section.kind())
                        .addUnmeasured(unmeasured(section.kind(), ALL_OF_IT, "it is larger than 512 KiB"))
                        .build();
    }

    private void addUnreadable(SuitabilityReport.Builder made) {
        for (Map.Entry<String, Long> split : rows.unreadable().entrySet()) {
            made.addUnmeasured(unmeasured(
                    ReportSection.CONTENTS,
                    split.getValue() + " rows of " + split.getKey(),
                    "the code that trains cannot read them"));
        }
    }

    private static SuitabilityReport.Builder alone(ReportSection kind) {
        return SuitabilityReport.newBuilder().addDone(kind);
    }

    static Unmeasured unmeasured(ReportSection section, String what, String why) {
        return Unmeasured.newBuilder()
                .setSection(section)
                .setWhat(what)
                .setWhy(why)
                .build();
    }

    private static FieldDescriptor field(ReportSection kind) {
        return SuitabilityReport.getDescriptor()
                .findFieldByName(kind.getValueDescriptor().getName().toLowerCase(Locale.ROOT));
    }
}

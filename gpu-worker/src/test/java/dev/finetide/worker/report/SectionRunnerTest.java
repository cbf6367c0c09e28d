package dev.finetide.worker.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.Unmeasured;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.Section;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SectionRunnerTest {
    private static final int ROWS = 5;

    @TempDir
    Path directory;

    private final List<String> files = new ArrayList<>();
    private final List<ReportSection> failures = new ArrayList<>();

    @Test
    void aReportThatIsStoppedAnywhereIsTheSameInTheEnd() throws IOException {
        SuitabilityReport unbroken = run(SuitabilityReport.getDefaultInstance(), Integer.MAX_VALUE);
        List<String> allFiles = List.copyOf(files);
        for (int rows = 0; rows < 3 * ROWS; rows++) {
            files.clear();
            SuitabilityReport.Builder known = SuitabilityReport.newBuilder();
            int stopAt = rows;
            assertThatThrownBy(() -> run(known, stopAt)).isInstanceOf(SectionRunner.Stopped.class);

            SuitabilityReport whole = run(known.build(), Integer.MAX_VALUE);

            assertThat(whole).as("stopped at row %d", rows).isEqualTo(unbroken);
            assertThat(files).isEqualTo(allFiles);
        }
        assertThat(unbroken.getDoneList())
                .containsExactly(
                        ReportSection.CONTENTS,
                        ReportSection.DUPLICATES,
                        ReportSection.RELATION,
                        ReportSection.VERDICT);
        assertThat(unbroken.getVerdict().getSentence()).isEqualTo("3 sections came before");
        assertThat(allFiles)
                .first()
                .asString()
                .startsWith("contents/found/leak.jsonl.zst {\"kind\":\"LEAK\",\"split\":\"train\",\"number\":\"1\"");
    }

    @Test
    void aSectionThatFailsSaysSoAndTheOthersAreMade() throws IOException {
        Section broken = section(ReportSection.DUPLICATES, (rows, found, report) -> {
            report.getDuplicatesBuilder().getExactRowsBuilder().setRows(7);
            throw new IllegalStateException("a bug, with text of a row");
        });
        SuitabilityReport.Builder made = SuitabilityReport.newBuilder();

        new SectionRunner(scan(Integer.MAX_VALUE), listener(made))
                .run(List.of(broken, counting(ReportSection.CONTENTS)), SuitabilityReport.getDefaultInstance());

        assertThat(made.getDoneList()).containsExactly(ReportSection.CONTENTS, ReportSection.DUPLICATES);
        assertThat(made.hasDuplicates()).as("no number that was not measured").isFalse();
        assertThat(made.getUnmeasuredList()).extracting(Unmeasured::getWhy).contains("it failed, see the worker's log");
        assertThat(failures).containsExactly(ReportSection.DUPLICATES);
    }

    @Test
    void aSectionThatNoBrokerWouldTakeIsLeftOut() throws IOException {
        Section huge = section(
                ReportSection.CONTENTS,
                (rows, found, report) -> report.getContentsBuilder().setTask("x".repeat(1 << 20)));
        SuitabilityReport.Builder made = SuitabilityReport.newBuilder();

        new SectionRunner(scan(Integer.MAX_VALUE), listener(made))
                .run(List.of(huge), SuitabilityReport.getDefaultInstance());

        assertThat(made.hasContents()).isFalse();
        assertThat(made.getUnmeasured(0).getWhy()).contains("larger than 512 KiB");
    }

    private SuitabilityReport run(SuitabilityReport known, int stopAtRow) throws IOException {
        SuitabilityReport.Builder report = known.toBuilder();
        run(report, stopAtRow);
        return report.build();
    }

    private void run(SuitabilityReport.Builder report, int stopAtRow) throws IOException {
        List<Section> sections = List.of(
                section(
                        ReportSection.VERDICT,
                        (rows, found, before) -> before.getVerdictBuilder()
                                .setSentence(before.getDoneCount() + " sections came before")),
                counting(ReportSection.RELATION),
                counting(ReportSection.CONTENTS),
                counting(ReportSection.DUPLICATES));
        new SectionRunner(scan(stopAtRow), listener(report)).run(sections, report.build());
    }

    private static ShardScan scan(int stopAtRow) {
        int[] read = {0};
        return new ShardStage()
                .split(
                        "train",
                        IntStream.rangeClosed(1, ROWS)
                                .mapToObj(ShardStage::line)
                                .toList())
                .scan(() -> {
                    if (read[0]++ == stopAtRow) {
                        throw new SectionRunner.Stopped();
                    }
                });
    }

    private SectionRunner.Listener listener(SuitabilityReport.Builder report) {
        return new SectionRunner.Listener() {
            @Override
            public Path begins(ReportSection kind) throws IOException {
                return Files.createTempDirectory(directory, "section-");
            }

            @Override
            public void made(SuitabilityReport section, Path made) throws IOException {
                report.mergeFrom(section);
                try (Stream<Path> all = Files.walk(made)) {
                    all.filter(Files::isRegularFile)
                            .sorted()
                            .forEach(file -> files.add(section.getDone(0).name().toLowerCase(Locale.ROOT) + "/"
                                    + made.relativize(file) + " " + text(file)));
                }
            }

            @Override
            public void failed(ReportSection kind, Throwable failure) {
                failures.add(kind);
            }
        };
    }

    private static String text(Path file) {
        try (ZstdInputStream in = new ZstdInputStream(Files.newInputStream(file))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Makes a section that reads all rows and finds something in each.
    private static Section counting(ReportSection kind) {
        return section(kind, (rows, found, report) -> {
            rows.read(
                    "train",
                    row -> found.add(RowFound.newBuilder()
                            .setKind(FoundKind.LEAK)
                            .setSplit("train")
                            .setNumber(row.number())
                            .build()));
            report.addUnmeasuredBuilder().setWhat(kind.name()).setWhy("nothing was looked at");
            switch (kind) {
                case CONTENTS -> report.getContentsBuilder().setTask("free text");
                case DUPLICATES ->
                    report.getDuplicatesBuilder().getExactRowsBuilder().setOf(ROWS);
                default -> report.getRelationBuilder().setAnswerEntropy(1);
            }
        });
    }

    private interface Measuring {
        void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException;
    }

    private static Section section(ReportSection kind, Measuring measuring) {
        return new Section() {
            @Override
            public ReportSection kind() {
                return kind;
            }

            @Override
            public void measure(RowScan rows, FoundRows found, SuitabilityReport.Builder report) throws IOException {
                measuring.measure(rows, found, report);
            }
        };
    }
}

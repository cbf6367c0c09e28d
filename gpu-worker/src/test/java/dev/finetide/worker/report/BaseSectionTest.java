package dev.finetide.worker.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.WithBaseSection;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.TrainedRendering;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Measures rows with the demo's base.
class BaseSectionTest {
    private static final Path DEMO = Path.of("../demo/base");
    private static final int ROWS = 300;

    private final List<RowFound> found = new ArrayList<>();
    private List<Double> known = List.of();
    private final List<Double> measured = new ArrayList<>();
    private int devices;

    @Test
    void rowsAreMeasuredAsTheBaseReadsThem() throws IOException {
        List<String> train = new ArrayList<>(IntStream.rangeClosed(1, ROWS)
                .mapToObj(i -> "{\"prompt\":\"My parcel number %d is late.\",\"completion\":\"delivery\"}".formatted(i))
                .toList());
        train.set(0, "{\"prompt\":\"My parcel is late.\",\"completion\":\"qzxj vbnk wpfg\"}");
        train.set(1, "{\"prompt\":\"" + "word ".repeat(3000) + "\",\"completion\":\"delivery\"}");
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();

        section(
                        new ShardStage()
                                .split("train", train)
                                .split("test", List.of(train.get(2)))
                                .scan(() -> {}),
                        "tokenizer.json")
                .measure(null, found::add, report);

        WithBaseSection made = report.getWithBase();
        assertThat(made.getContextTokens()).isPositive();
        assertThat(made.getSplitsList())
                .extracting(WithBaseSection.SplitTokens::getSplit)
                .containsExactly("train", "test");
        assertThat(made.getSupervision(0).getRows()).isEqualTo(ROWS);
        assertThat(made.getSupervision(0).getLearntTokens()).isGreaterThanOrEqualTo(ROWS - 1);
        assertThat(made.getBeyondContext().getRows()).isEqualTo(1);
        assertThat(made.getBeyondContext().getOf()).isEqualTo(ROWS + 1);
        assertThat(made.getLoss().getRows()).isBetween(250L, (long) BaseLoss.MOST_ROWS);
        assertThat(made.getLoss().getCountsList().stream()
                        .mapToLong(Long::longValue)
                        .sum())
                .isEqualTo(made.getLoss().getRows());
        assertThat(made.getSurprising(0).getNumber()).as("the row of nonsense").isEqualTo(1);
        assertThat(made.getSurprisingCount()).isEqualTo(20);
        assertThat(found)
                .filteredOn(row -> row.getKind() == FoundKind.BEYOND_CONTEXT)
                .hasSize(1);
        assertThat(found.stream()
                        .filter(row -> row.getKind() == FoundKind.SURPRISING)
                        .map(RowFound::getValue)
                        .toList())
                .hasSize((int) made.getLoss().getRows())
                .isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(report.getUnmeasuredList()).singleElement().asString().contains("spread evenly over the 300");
        assertThat(devices).isEqualTo(1);
    }

    /// A label that the base would never say has the largest losses, and tells nothing about its rows.
    @Test
    void aRowIsHeldAgainstThoseWithItsAnswer() throws IOException {
        List<String> train = new ArrayList<>(IntStream.rangeClosed(1, 40)
                .mapToObj(i -> "{\"prompt\":\"My parcel number %d is late.\",\"completion\":\"%s\"}"
                        .formatted(i, i <= 20 ? "qzxj vbnk wpfg" : "delivery"))
                .toList());
        train.set(30, "{\"prompt\":\"zzz yyy xxx vvv\",\"completion\":\"delivery\"}");
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();

        section(new ShardStage().split("train", train).scan(() -> {}), "tokenizer.json")
                .measure(null, found::add, report);

        RowFound first = report.getWithBase().getSurprising(0);
        assertThat(first.getNumber()).as("the odd row of the usual label").isEqualTo(31);
        assertThat(first.getValue())
                .as("rows of the odd label have larger losses")
                .isLessThan(found.stream()
                        .filter(row -> row.getNumber() <= 20)
                        .mapToDouble(RowFound::getValue)
                        .min()
                        .orElseThrow());
    }

    /// The rows and their order are the same in every attempt, so the losses of a killed one count.
    @Test
    void lossesOfAnEarlierAttemptAreNotMeasuredAgain() throws IOException {
        ShardStage rows = new ShardStage()
                .split(
                        "train",
                        IntStream.rangeClosed(1, 20).mapToObj(ShardStage::line).toList());
        SuitabilityReport.Builder whole = SuitabilityReport.newBuilder();
        section(rows.scan(() -> {}), "tokenizer.json").measure(null, found::add, whole);
        List<Double> all = List.copyOf(measured);
        measured.clear();

        known = all.subList(0, 8);
        SuitabilityReport.Builder resumed = SuitabilityReport.newBuilder();
        section(rows.scan(() -> {}), "tokenizer.json").measure(null, found::add, resumed);

        assertThat(all).hasSize(20);
        assertThat(measured).isEqualTo(all.subList(8, 20));
        assertThat(resumed.build()).isEqualTo(whole.build());
    }

    @Test
    void aBaseWithoutATokenizerSaysSoAndTakesNoDevice() throws IOException {
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();

        section(new ShardStage().split("train", List.of(ShardStage.line(1))).scan(() -> {}), "config.json")
                .measure(null, found::add, report);

        assertThat(report.getWithBase().hasLoss()).isFalse();
        assertThat(report.getUnmeasured(0).getWhy()).isEqualTo("projects/default/bases/demo has no tokenizer.json");
        assertThat(devices).isZero();
    }

    @Test
    void aDatasetOfOneRowIsMeasuredWhole() throws IOException {
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();

        section(new ShardStage().split("train", List.of(ShardStage.line(1))).scan(() -> {}), "tokenizer.json")
                .measure(null, found::add, report);

        assertThat(report.getWithBase().getLoss().getRows()).isEqualTo(1);
        assertThat(report.getUnmeasuredList()).isEmpty();
    }

    private BaseSection section(ShardScan rows, String file) {
        BaseSection.Machine machine = new BaseSection.Machine() {
            @Override
            public Path fetchBase() {
                return DEMO;
            }

            @Override
            public AutoCloseable takeDevice() {
                devices++;
                return () -> {};
            }

            @Override
            public List<Double> knownLosses() {
                return known;
            }

            @Override
            public void measured(List<Double> losses) {
                measured.addAll(losses);
            }
        };
        return new BaseSection(
                rows,
                Base.newBuilder()
                        .setName("projects/default/bases/demo")
                        .addFiles(BlobFile.newBuilder().setPath(file))
                        .build(),
                TrainedRendering.USUAL,
                EngineOptions.defaults().withThreads(2),
                machine);
    }
}

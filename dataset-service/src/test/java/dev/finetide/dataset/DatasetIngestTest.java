package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.luben.zstd.ZstdInputStream;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.RecordingPublisher;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.CsvSource;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DatasetIngestTest {
    private static final String DATASET = "projects/default/datasets/d";

    private final IngestStage stage = new IngestStage();
    private final InMemoryDatasetStore store = stage.store;
    private final InMemoryBlobStore blobs = stage.blobs;
    private final RecordingPublisher publisher = stage.publisher;
    private final ManualClock clock = stage.clock;
    private final DatasetIngest ingest = stage.ingest;

    private record Files(String trainFile, Optional<String> testFile) implements UploadedFiles {
        @Override
        public InputStream train() {
            return new ByteArrayInputStream(trainFile.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public Optional<InputStream> test() {
            return testFile.map(file -> new ByteArrayInputStream(file.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static UploadHeader.Builder aHeader() {
        return UploadHeader.newBuilder()
                .setDataset(DATASET)
                .setRequestId(UUID.randomUUID().toString())
                .setJsonl(JsonlSource.getDefaultInstance());
    }

    private static String rows(int count) {
        return IntStream.range(0, count).mapToObj(DatasetIngestTest::row).collect(Collectors.joining());
    }

    private static String row(int i) {
        return "{\"prompt\":\"p%d\",\"completion\":\"c%d\"}\n".formatted(i, i);
    }

    private DatasetVersion create(UploadHeader.Builder header, String train) throws IOException {
        return ingest.create(header.build(), new Files(train, Optional.empty()));
    }

    private DatasetVersion create(UploadHeader.Builder header, String train, String test) throws IOException {
        return ingest.create(header.build(), new Files(train, Optional.of(test)));
    }

    private ApiException refused(UploadHeader.Builder header, String train) {
        return catchThrowableOfType(ApiException.class, () -> create(header, train));
    }

    private List<String> read(DatasetVersion version, String split) throws IOException {
        StringBuilder text = new StringBuilder();
        for (BlobFile shard : version.getShardsList()) {
            if (shard.getPath().startsWith(split + "/")) {
                BlobRef blob = new BlobRef(shard.getBlobKey(), shard.getSizeBytes(), shard.getSha256());
                try (InputStream in = new ZstdInputStream(blobs.open(blob))) {
                    text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
                }
            }
        }
        return text.toString().lines().toList();
    }

    /// Returns the rows of a split without their places in the upload.
    private List<String> rowsOf(DatasetVersion version, String split) throws IOException {
        return read(version, split).stream()
                .map(row -> row.replaceFirst(",\"source\":\\{[^{}]*\\}\\}$", "}"))
                .toList();
    }

    @Test
    void everyRowIsInOneSplitOnce() throws IOException {
        DatasetVersion version = create(aHeader(), rows(1_000));

        assertThat(version.getName()).isEqualTo(DATASET + "/versions/1");
        assertThat(version.getTrainRows() + version.getTestRows()).isEqualTo(1_000);
        assertThat(version.getTestRows()).isBetween(70L, 130L);
        assertThat(version.getRowFormat()).isEqualTo(RowFormat.PROMPT_COMPLETION);
        assertThat(read(version, "train")).hasSize((int) version.getTrainRows());
        assertThat(Stream.concat(rowsOf(version, "train").stream(), rowsOf(version, "test").stream()))
                .containsExactlyInAnyOrderElementsOf(rows(1_000).lines().toList());
    }

    @Test
    void everyRowKeepsItsLineInTheUpload() throws IOException {
        DatasetVersion version = create(aHeader().setTestFraction(0.3).setAllowInvalid(1), "nonsense\n" + rows(50));

        assertThat(version.getTestRows()).isBetween(5L, 45L);
        assertThat(Stream.concat(read(version, "train").stream(), read(version, "test").stream()))
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 50)
                        .mapToObj(i -> placed(i, "train", i + 2))
                        .toList());
    }

    @Test
    void rowsOfATestFileKeepTheirLinesInThatFile() throws IOException {
        DatasetVersion version = create(aHeader(), rows(20), row(30) + row(31));

        assertThat(read(version, "train"))
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 20)
                        .mapToObj(i -> placed(i, "train", i + 1))
                        .toList());
        assertThat(read(version, "test")).containsExactly(placed(30, "test", 1), placed(31, "test", 2));
    }

    @Test
    void aRecordOfCsvHasTheLineOnWhichItStarts() throws IOException {
        UploadHeader.Builder csv = aHeader()
                .clearJsonl()
                .setCsv(CsvSource.newBuilder().setPromptTemplate("{a}").setCompletionTemplate("{b}"));

        DatasetVersion version = create(csv, "a,b\n\"1\n\n2\",3\n4,5\n", "a,b\n6,7\n");

        assertThat(read(version, "train"))
                .allMatch(row -> row.endsWith(
                        "\"source\":{\"file\":\"train\",\"line\":" + (row.contains("\"3\"") ? 2 : 5) + "}}"));
        assertThat(read(version, "test").getFirst()).endsWith(",\"source\":{\"file\":\"test\",\"line\":2}}");
    }

    @Test
    void equalRowsOnOtherLinesAreDuplicatesAndLeaksAllTheSame() throws IOException {
        DatasetVersion version = create(aHeader(), rows(10) + row(3), row(7) + row(7));

        assertThat(version.getReport().getDuplicateRows()).isEqualTo(2);
        assertThat(version.getReport().getLeakedTestRows()).isEqualTo(2);
    }

    private static String placed(int i, String file, int line) {
        return "{\"prompt\":\"p%d\",\"completion\":\"c%d\",\"source\":{\"file\":\"%s\",\"line\":%d}}"
                .formatted(i, i, file, line);
    }

    @Test
    void contentsOfTheRowsAreCountedWithTheirFirstPlace() throws IOException {
        String chat =
                "{\"messages\":[%s{\"role\":\"user\",\"content\":\"q%d\"},{\"role\":\"assistant\",\"content\":\"a\"}]}\n";
        String system = "{\"role\":\"system\",\"content\":\"s\"},";
        String train = chat.formatted("", 0) + "\n" + chat.formatted(system, 1) + chat.formatted(system, 2);

        DatasetVersion version =
                create(aHeader(), train, chat.formatted(system, 3) + chat.formatted("{\"role\":\"system\"},", 4));

        assertThat(version.getContentsList())
                .containsExactly(RowContentCount.newBuilder()
                        .setContent(RowContent.SYSTEM_TURN)
                        .setRows(3)
                        .setFirst(RowPlace.newBuilder().setFile("train").setLine(3))
                        .build());
        assertThat(create(aHeader(), rows(100)).getContentsList()).isEmpty();
    }

    @Test
    void aRefusalIsASentenceThatSaysWhatToDo() {
        assertThat(refused(aHeader(), "{\"prompt\":\"p\",\"completion\":\"c\",\"id\":7}\n")
                        .getMessage())
                .endsWith(
                        "the first is line 1 of the train file: the row has the unknown key \"id\": leave it out with --ignore-columns, or keep it with --tag-columns");
        assertThat(refused(
                                aHeader(),
                                "{\"tools\":7,\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}")
                        .getMessage())
                .endsWith("the first is line 1 of the train file: tools is not a list");
    }

    @Test
    void aVersionIsAnnouncedOnceWithItsContent() throws IOException {
        DatasetVersion version = create(aHeader(), rows(100));

        assertThat(publisher.published()).singleElement().satisfies(event -> {
            assertThat(event.topic()).isEqualTo("finetide.dataset.v1");
            assertThat(event.resource()).isEqualTo(version.getName());
            assertThat(((DatasetEvent) event.envelope())
                            .getDatasetVersionPublished()
                            .getDatasetVersion())
                    .isEqualTo(version);
        });
    }

    @Test
    void theSameContentIsTheSameVersionWhoeverAsks() throws IOException {
        DatasetVersion first = create(aHeader(), rows(100));
        int stored = blobs.list("").size();

        assertThat(create(aHeader().setSourceName("renamed.jsonl"), rows(100).replace(",", " ,")))
                .isEqualTo(first);
        assertThat(publisher.published()).hasSize(1);
        assertThat(blobs.list("")).hasSize(stored);
    }

    @Test
    void otherContentOrAnotherSplitIsTheNextVersion() throws IOException {
        create(aHeader(), rows(100));

        assertThat(create(aHeader(), rows(101)).getName()).endsWith("/versions/2");
        assertThat(create(aHeader().setTestFraction(0.2), rows(100)).getName()).endsWith("/versions/3");
        assertThat(ingest.versions(DATASET, new Page(10, Optional.empty()))).hasSize(3);
        assertThat(ingest.get(DATASET + "/versions/latest").getName()).endsWith("/versions/3");
    }

    @Test
    void aRequestIdStandsForOneUpload() throws IOException {
        UploadHeader.Builder header = aHeader();
        DatasetVersion first = create(header, rows(100));

        assertThat(create(header, rows(100))).isEqualTo(first);
        assertThat(refused(header, rows(101)).reason()).isEqualTo(ErrorReason.RESOURCE_EXISTS);
        assertThat(refused(header.setTestFraction(0.3), rows(100)).reason()).isEqualTo(ErrorReason.RESOURCE_EXISTS);
    }

    @Test
    void equalInputsNeverCrossSplits() throws IOException {
        String twice = IntStream.range(0, 500)
                .mapToObj(i -> "{\"prompt\":\"p%d\",\"completion\":\"%d\"}\n".formatted(i % 50, i))
                .collect(Collectors.joining());

        DatasetVersion version = create(aHeader(), twice);

        assertThat(prompts(version, "train")).doesNotContainAnyElementsOf(prompts(version, "test"));
        assertThat(version.getTestRows() % 10).isZero();
    }

    private List<String> prompts(DatasetVersion version, String split) throws IOException {
        return read(version, split).stream()
                .map(row -> row.substring(0, row.indexOf(',')))
                .distinct()
                .toList();
    }

    @Test
    void theUsersTestFileIsTheTestSplit() throws IOException {
        DatasetVersion version = create(aHeader(), rows(100), rows(20) + row(500) + row(500));

        assertThat(version.getTrainRows()).isEqualTo(100);
        assertThat(version.getTestRows()).isEqualTo(22);
        assertThat(rowsOf(version, "train"))
                .containsExactlyInAnyOrderElementsOf(rows(100).lines().toList());
        assertThat(version.getReport().getLeakedTestRows()).isEqualTo(20);
        assertThat(version.getReport().getDuplicateRows()).isEqualTo(1);
        assertThat(version.getShardsList()).extracting(BlobFile::getPath).doesNotHaveDuplicates();
        assertThatThrownBy(() -> create(aHeader().setTestFraction(0.5), rows(10), rows(10)))
                .hasMessageContaining("test_fraction: cannot be combined with a test file");
    }

    @Test
    void invalidRowsRefuseTheUploadWithEveryLine() throws IOException {
        ApiException refusal = refused(aHeader(), rows(50) + "{\"prompt\":\"p\"}\n" + rows(50) + "7\n\n");

        assertThat(refusal.reason()).isEqualTo(ErrorReason.INVALID_ROWS);
        assertThat(refusal.metadata()).containsEntry("invalid_rows", "2").containsEntry("allowed", "0");
        assertThat(refusal.violations())
                .containsExactly(
                        new ApiException.FieldViolation("train:51", "the row has no completion"),
                        new ApiException.FieldViolation("train:102", "the row is not a JSON object"));
        assertThat(blobs.list("")).isEmpty();
        assertThat(publisher.published()).isEmpty();
        assertThat(ingest.datasets("projects/default", new Page(10, Optional.empty())))
                .isEmpty();
    }

    @Test
    void allowedInvalidRowsAreLeftOutAndReported() throws IOException {
        DatasetVersion version = create(aHeader().setAllowInvalid(1), rows(50) + "nonsense\n" + rows(50));

        assertThat(version.getReport().getRowsRead()).isEqualTo(101);
        assertThat(version.getReport().getRowsAccepted()).isEqualTo(100);
        assertThat(version.getReport().getDuplicateRows()).isEqualTo(50);
        assertThat(version.getReport().getInvalidRowsList()).singleElement().satisfies(row -> {
            assertThat(row.getFile()).isEqualTo("train");
            assertThat(row.getLine()).isEqualTo(51);
            assertThat(row.getReason()).startsWith("the row is not JSON, at column");
        });
    }

    @Test
    void invalidRowsAreGroupedByTheirReasons() {
        ApiException refusal = refused(aHeader(), "{}\n".repeat(4_998) + "7\n" + "[]\n");

        assertThat(refusal.metadata()).containsEntry("invalid_rows", "5000");
        assertThat(refusal.violations()).hasSize(2);
        assertThat(refusal.violations().getFirst().field()).isEqualTo("train:1");
        assertThat(refusal.violations().getFirst().description())
                .endsWith("(4998 rows, also 2, 3, 4, 5 and 4993 more)");
        assertThat(refusal.violations().getLast())
                .isEqualTo(new ApiException.FieldViolation(
                        "train:4999", "the row is not a JSON object (2 rows, also 5000)"));
    }

    @Test
    void leftOutRecordsAreKeptWithTheirReasons() throws IOException {
        DatasetVersion version = create(aHeader().setAllowInvalid(3), "nonsense\n" + rows(20) + "{\"prompt\":\"p\"}\n");

        List<Row> refused = rows(version, ReadRowsRequest.newBuilder().setSplit("refused"));
        assertThat(refused).extracting(Row::getJson).containsExactly("nonsense", "{\"prompt\":\"p\"}");
        assertThat(refused.getLast().getRefused().getReason()).isEqualTo("the row has no completion");
        assertThat(refused.getLast().getPlace())
                .isEqualTo(RowPlace.newBuilder().setFile("train").setLine(22).build());
    }

    @Test
    void rowsAreReadAgainWithTheirIdsAndLeaks() throws IOException {
        DatasetVersion version = create(aHeader(), rows(10), row(30) + row(7) + row(31));

        List<Row> leaked = rows(version, ReadRowsRequest.newBuilder().setLeaked(true));
        assertThat(leaked).singleElement().satisfies(row -> {
            assertThat(row.getSplit()).isEqualTo("test");
            assertThat(row.getNumber()).isEqualTo(2);
            assertThat(row.getOverlap().getOtherSplit()).isEqualTo("train");
            assertThat(row.getOverlap().getOtherRowNumber()).isEqualTo(8);
            assertThat(row.getOverlap().getOtherPlace().getLine()).isEqualTo(8);
        });
        Row eighth = rows(version, ReadRowsRequest.newBuilder().setFirst(8).setCount(1))
                .getFirst();
        assertThat(eighth.getJson()).isEqualTo(row(7).strip());
        assertThat(eighth.getId()).isEqualTo(leaked.getFirst().getId()).matches("[0-9a-f]{16}");
        assertThat(version.getSplits(1).getOverlappingRows()).isEqualTo(1);
        assertThat(version.getSplits(1).getOverlaps(0))
                .isEqualTo(leaked.getFirst().getOverlap());
        assertThatThrownBy(() -> rows(version, ReadRowsRequest.newBuilder().setSplit("ood")))
                .hasMessageContaining("has no split ood, it has train, test");
    }

    private List<Row> rows(DatasetVersion version, ReadRowsRequest.Builder request) throws IOException {
        List<Row> read = new ArrayList<>();
        try (RowSource rows = RowSource.open(blobs, version, request.build())) {
            rows.forEachRemaining(read::add);
        }
        return read;
    }

    @Test
    void rowsOfTwoFormsAreRefused() {
        ApiException refusal = refused(
                aHeader(),
                rows(1)
                        + "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}]}");

        assertThat(refusal.violations())
                .containsExactly(new ApiException.FieldViolation(
                        "train:2", "the row is CHAT, but the rows before it are PROMPT_COMPLETION"));
    }

    @Test
    void jsonAnswersAreSeenWhereAllAre() throws IOException {
        String json = "{\"prompt\":\"p%d\",\"completion\":\"{\\\"a\\\": %d}\"}\n";
        String all = IntStream.range(0, 100).mapToObj(i -> json.formatted(i, i)).collect(Collectors.joining());

        assertThat(create(aHeader(), all).getJsonAnswers()).isTrue();
        assertThat(create(aHeader(), all + row(1)).getJsonAnswers()).isFalse();
    }

    @Test
    void anEmptySplitIsRefused() {
        assertThat(refused(aHeader(), "").getMessage()).isEqualTo("train: the file has no rows");
        assertThat(refused(aHeader().setTestFraction(1e-9), rows(10)).getMessage())
                .startsWith("test_fraction: none of the 10 rows");
        assertThat(refused(aHeader().setTestFraction(1 - 1e-9), rows(10)).getMessage())
                .startsWith("test_fraction: all 10 rows");
        assertThatThrownBy(() -> create(aHeader(), rows(10), "")).hasMessage("test: the file has no rows");
    }

    @Test
    void aWrongHeaderNamesEveryField() {
        ApiException refusal = refused(
                aHeader()
                        .clearSource()
                        .setRequestId("7")
                        .setTestFraction(1)
                        .setAllowInvalid(-1)
                        .setSourceName("a\nb"),
                rows(10));

        assertThat(refusal.violations())
                .extracting(ApiException.FieldViolation::field)
                .containsExactly("request_id", "test_fraction", "allow_invalid", "source_name", "source");
        assertThat(refused(aHeader().setDataset("projects/default/datasets/../x"), "")
                        .reason())
                .isEqualTo(ErrorReason.INVALID_FIELD);
        assertThat(refused(aHeader().setCsv(CsvSource.newBuilder().setPromptTemplate("{a}")), "")
                        .getMessage())
                .isEqualTo("csv.completion_template: is required");
    }

    @Test
    void aBrokenUploadLeavesNothing() throws IOException {
        UploadedFiles broken = new UploadedFiles() {
            @Override
            public InputStream train() {
                byte[] bytes = rows(200_000).getBytes(StandardCharsets.UTF_8);
                return new ByteArrayInputStream(bytes) {
                    @Override
                    public synchronized int read(byte[] buffer, int offset, int length) {
                        if (available() < 100_000) {
                            throw new java.io.UncheckedIOException(new IOException("the client has gone"));
                        }
                        return super.read(buffer, offset, length);
                    }
                };
            }

            @Override
            public Optional<InputStream> test() {
                return Optional.empty();
            }
        };

        assertThatThrownBy(() -> ingest.create(aHeader().build(), broken)).hasMessageContaining("the client has gone");
        assertThat(blobs.list("")).isEmpty();
        assertThat(store.abandonedUploads(clock.instant().plusSeconds(1))).isEmpty();
    }

    @Test
    void whatADeadServiceLeftIsDeletedLater() throws IOException {
        blobs.put("datasets/default/d/1/train/00000.jsonl.zst", new ByteArrayInputStream(new byte[1]));
        store.uploadStarted("datasets/default/d/1/", clock.instant());

        clock.advance(java.time.Duration.ofHours(7));
        create(aHeader(), rows(100));

        assertThat(blobs.list("datasets/default/d/1/")).isEmpty();
    }

    @Test
    void theRowsProveTheDigest() throws Exception {
        DatasetVersion version = create(aHeader().setSourceName("rows.jsonl"), rows(100));

        StringBuilder proof = new StringBuilder("finetide rows PROMPT_COMPLETION\n");
        for (String split : List.of("train", "test")) {
            List<String> rows = rowsOf(version, split);
            String lines = rows.stream().map(row -> row + "\n").collect(Collectors.joining());
            proof.append("%s %d %s\n".formatted(split, rows.size(), sha256(lines)));
        }
        assertThat(version.getDigest()).isEqualTo(sha256(proof.toString()));
        BlobFile file = version.getManifest();
        assertThat(new String(
                        blobs.open(new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256()))
                                .readAllBytes(),
                        StandardCharsets.UTF_8))
                .contains(version.getDigest(), version.getShards(0).getSha256());
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void unknownVersionsAreNotFound() {
        assertThat(catchThrowableOfType(ApiException.class, () -> ingest.get(DATASET + "/versions/1"))
                        .reason())
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
        assertThat(catchThrowableOfType(ApiException.class, () -> ingest.get(DATASET + "/versions/01"))
                        .reason())
                .isEqualTo(ErrorReason.INVALID_FIELD);
    }
}

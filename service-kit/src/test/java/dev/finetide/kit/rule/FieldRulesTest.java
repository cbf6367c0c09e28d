package dev.finetide.kit.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.Chunk;
import dev.finetide.proto.dataset.v1.CreateDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.CsvSource;
import dev.finetide.proto.dataset.v1.ListDatasetsRequest;
import dev.finetide.proto.dataset.v1.UploadHeader;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.FindMissingBlobsRequest;
import dev.finetide.proto.model.v1.ListModelVersionsRequest;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.WatchTrainingRunRequest;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FieldRulesTest {
    private static final String SHA256 = "0".repeat(64);

    private static CreateTrainingRunRequest.Builder aRequest() {
        return CreateTrainingRunRequest.newBuilder()
                .setParent("projects/default")
                .setConfig(TrainingConfig.newBuilder()
                        .setDatasetVersion("projects/default/datasets/tickets/versions/latest")
                        .setBase("projects/default/bases/tiny")
                        .setMethod(Method.LORA));
    }

    private static BlobFile.Builder aFile() {
        return BlobFile.newBuilder().setPath("config.json").setSizeBytes(2).setSha256(SHA256);
    }

    /// Returns `field: problem` of each violation.
    private static List<String> broken(Message.Builder message) {
        return FieldRules.violations(message.build(), "").stream()
                .map(violation -> violation.field() + ": " + violation.description())
                .toList();
    }

    @Test
    void aRequestThatKeepsItsRulesHasNoViolation() {
        assertThat(broken(aRequest())).isEmpty();
        assertThat(broken(aRequest().setRequestId("0e4ab372-43f0-4d53-b2e8-2d5d0b3a9a01")))
                .isEmpty();
    }

    @Test
    void numbersAreToldTheirRangeAndWhatTheyAre() {
        // Given
        CreateTrainingRunRequest.Builder request = aRequest();
        request.getConfigBuilder()
                .setLearningRate(-1)
                .setBatchSize(0)
                .setWeightDecay(Double.NaN)
                .setMaxGradNorm(Double.POSITIVE_INFINITY)
                .setNeftuneAlpha(1000.5)
                .setMemoryBudgetBytes(0)
                .setPriority(1001)
                .getLoraBuilder()
                .setRank(1025)
                .setDropout(1);
        // Then
        assertThat(broken(request))
                .containsExactly(
                        "config.lora.rank: expected 1 to 1024, got 1025",
                        "config.lora.dropout: expected 0 to below 1, got 1.0",
                        "config.learning_rate: expected a finite number above 0, got -1.0",
                        "config.batch_size: expected 1 to 65536, got 0",
                        "config.weight_decay: expected 0 to below 1, got NaN",
                        "config.max_grad_norm: expected a finite number of at least 0, got Infinity",
                        "config.priority: expected -1000 to 1000, got 1001",
                        "config.neftune_alpha: expected 0 to 1000, got 1000.5",
                        "config.memory_budget_bytes: expected 1 or more, got 0");
    }

    @Test
    void whatIsRequiredIsNamedAlsoInsideAnAbsentMessage() {
        assertThat(broken(CreateTrainingRunRequest.newBuilder()))
                .containsExactly(
                        "parent: is required, expected projects/*",
                        "config.dataset_version: is required, expected projects/*/datasets/*/versions/*",
                        "config.base: is required, expected projects/*/bases/*",
                        "config.method: expected LORA or FULL, got nothing");
        assertThat(broken(UploadHeader.newBuilder()))
                .containsExactly(
                        "dataset: is required, expected projects/*/datasets/*", "source: is required: jsonl or csv");
    }

    @Test
    void anAbsentSettingBreaksNoRule() {
        CreateTrainingRunRequest.Builder request = aRequest();
        request.getConfigBuilder().setLora(LoraConfig.getDefaultInstance());
        assertThat(broken(request)).isEmpty();
    }

    @Test
    void namesHaveTheirForm() {
        CreateTrainingRunRequest.Builder request = aRequest().setParent("projects/..");
        request.getConfigBuilder().setBase("tiny\n");
        assertThat(broken(request))
                .containsExactly(
                        "parent: \"projects/..\" is not a name of the form projects/* with ids of lower-case letters, digits"
                                + " and . _ - (at most 63 characters)",
                        "config.base: \"tiny?\" is not a name of the form projects/*/bases/* with ids of lower-case letters,"
                                + " digits and . _ - (at most 63 characters)");
        assertThat(broken(ListModelVersionsRequest.newBuilder().setParent("projects/p/models/-")))
                .isEmpty();
        assertThat(broken(ListModelVersionsRequest.newBuilder().setParent("projects/p/models/m")))
                .isEmpty();
        assertThat(broken(ListModelVersionsRequest.newBuilder().setParent("projects/-/models/m")))
                .hasSize(1);
    }

    @Test
    void textsHaveALengthAndAPattern() {
        CreateTrainingRunRequest.Builder request = aRequest().setRequestId("my-run");
        request.getConfigBuilder().setDevice("tpu\u0007").getLoraBuilder().addTargetModules("a".repeat(1001));
        assertThat(broken(request))
                .containsExactly(
                        "config.lora.target_modules[0]: expected at most 1000 characters, got 1001",
                        "config.device: expected auto, cpu, cuda or cuda:N, got \"tpu?\"",
                        "request_id: expected a UUID or nothing, got another text");
    }

    @Test
    void freeTextIsNeverRepeated() {
        UploadHeader.Builder header = UploadHeader.newBuilder()
                .setDataset("projects/default/datasets/tickets")
                .setSourceName("secret\nsecret")
                .setCsv(CsvSource.newBuilder()
                        .setPromptTemplate("secret".repeat(2_000))
                        .setCompletionTemplate("{a}"));
        assertThat(broken(header))
                .containsExactly(
                        "csv.prompt_template: expected at most 10000 characters, got 12000",
                        "source_name: expected at most 255 characters, none of control, got another text");
        assertThat(broken(ReviewModelVersionRequest.newBuilder()
                        .setName("projects/p/models/m/versions/1")
                        .setReason("secret".repeat(200))))
                .containsExactly("reason: expected at most 1000 characters, got 1200");
    }

    @Test
    void listsHaveASizeAndRulesForTheirItems() {
        assertThat(broken(FindMissingBlobsRequest.newBuilder()
                        .setParent("projects/default")
                        .addSha256(SHA256)
                        .addSha256("../etc")))
                .containsExactly("sha256[1]: expected 64 lower-case hex digits, got \"../etc\"");
        assertThat(broken(FindMissingBlobsRequest.newBuilder()
                        .setParent("projects/default")
                        .addAllSha256(Collections.nCopies(1001, "x"))))
                .containsExactly("sha256: expected at most 1000 items, got 1001");
        CreateBaseRequest.Builder base =
                CreateBaseRequest.newBuilder().setParent("projects/default").setBaseId("tiny");
        assertThat(broken(base)).containsExactly("files: expected 1 to 1000 files, got 0");
        assertThat(broken(base.clone().addFiles(aFile().setSizeBytes(-1))))
                .containsExactly("files[0].size_bytes: expected 0 or more, got -1");
        assertThat(broken(base.clone().setBaseId("Tiny/..").addFiles(aFile())))
                .containsExactly("base_id: expected lower-case letters, digits and . _ - (at most 63 characters),"
                        + " got \"Tiny/..\"");
    }

    /// A field that only the service sets is refused by name, not ignored (AIP-203 would ignore it).
    @Test
    void anOutputOnlyFieldIsRefused() {
        assertThat(broken(CreateBaseRequest.newBuilder()
                        .setParent("projects/default")
                        .setBaseId("tiny")
                        .addFiles(aFile().setBlobKey("elsewhere"))))
                .containsExactly("files[0].blob_key: expected nothing: the service alone sets this field");
    }

    @Test
    void partsOfAnUploadAreNamedFromInside() {
        assertThat(broken(CreateDatasetVersionRequest.newBuilder()
                        .setHeader(UploadHeader.newBuilder()
                                .setDataset("projects/default/datasets/tickets")
                                .setCsv(CsvSource.newBuilder().setPromptTemplate("{a}"))
                                .setTestFraction(1)
                                .setAllowInvalid(-1))))
                .containsExactly(
                        "csv.completion_template: is required",
                        "test_fraction: expected more than 0 and less than 1, got 1.0",
                        "allow_invalid: expected 0 or more, got -1");
        assertThat(broken(CreateDatasetVersionRequest.newBuilder()
                        .setTrain(Chunk.newBuilder().setData(ByteString.copyFrom(new byte[(1 << 20) + 1])))))
                .containsExactly("data: expected at most 1048576 bytes, got 1048577");
    }

    @Test
    void pagesAndSequencesAreBounded() {
        assertThat(broken(ListDatasetsRequest.newBuilder()
                        .setParent("projects/default")
                        .setPageSize(-1)
                        .setPageToken("x".repeat(501))))
                .containsExactly(
                        "page_size: expected 0 to 1000, got -1",
                        "page_token: expected at most 500 characters, got 501");
        assertThat(broken(ListDatasetsRequest.newBuilder()
                        .setParent("projects/default")
                        .setPageSize(1001)))
                .containsExactly("page_size: expected 0 to 1000, got 1001");
        assertThatThrownBy(() -> FieldRules.check(
                        ListDatasetsRequest.newBuilder()
                                .setParent("projects/default")
                                .setPageSize(-1)
                                .build(),
                        ""))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("page_size");
        assertThat(broken(WatchTrainingRunRequest.newBuilder()
                        .setName("projects/default/trainingRuns/r")
                        .setAfterSequence(-1)))
                .containsExactly("after_sequence: expected 0 or more, got -1");
    }

    @Test
    void aStatusHasRoomForAllThatIsTold() {
        List<FieldViolation> told = FieldRules.violations(
                FindMissingBlobsRequest.newBuilder()
                        .setParent("projects/default")
                        .addAllSha256(Collections.nCopies(1000, "x".repeat(200)))
                        .build(),
                "");
        assertThat(told).hasSizeBetween(10, 30);
    }

    @Test
    void aMessageIsRefusedWithAllItsViolations() {
        TrainingConfig config = TrainingConfig.newBuilder().setThreads(0).build();
        assertThatThrownBy(() -> FieldRules.check(config, "config"))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.reason()).isEqualTo(ErrorReason.INVALID_FIELD);
                    assertThat(refused.violations())
                            .extracting(FieldViolation::field)
                            .containsExactly(
                                    "config.dataset_version", "config.base", "config.method", "config.threads");
                });
    }
}

package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ChatTemplateSummary;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.project.v1.ProjectLimits;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BasesTest {
    private static final String PROJECT = "projects/default";
    private static final Limits LIMITS = new TestLimits()
            .project("small", ProjectLimits.newBuilder().setBaseBytes(20_000))
            .build();

    private final InMemoryBlobStore blobs = new InMemoryBlobStore();
    private final InMemoryModelStore versions = new InMemoryModelStore();
    private final Bases bases =
            new Bases(new InMemoryBaseStore(), versions, blobs, Duration.ofDays(3), LIMITS, new ManualClock());

    private static Map<String, byte[]> aModel() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", bytes(Safetensors.config(4)));
        files.put("tokenizer.json", bytes("{\"version\":\"1.0\"}"));
        files.put("model.safetensors", Safetensors.weights(4));
        return files;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static BlobFile announced(String path, byte[] content) {
        return BlobFile.newBuilder()
                .setPath(path)
                .setSizeBytes(content.length)
                .setSha256(HexFormat.of().formatHex(Sha256.newDigest().digest(content)))
                .build();
    }

    private CreateBaseRequest.Builder uploaded(Map<String, byte[]> files) throws IOException {
        return uploaded(PROJECT, files);
    }

    private CreateBaseRequest.Builder uploaded(String project, Map<String, byte[]> files) throws IOException {
        CreateBaseRequest.Builder request =
                CreateBaseRequest.newBuilder().setParent(project).setBaseId("tiny");
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            BlobFile announced = announced(file.getKey(), file.getValue());
            bases.upload(project, announced, new ByteArrayInputStream(file.getValue()));
            request.addFiles(announced);
        }
        return request;
    }

    private Base create(Map<String, byte[]> files) throws IOException {
        return bases.create(uploaded(files).build());
    }

    @Test
    void aBaseHasTheDigestOfItsTemplateContract() throws IOException {
        Map<String, byte[]> files = aModel();
        files.put("chat_template.jinja", bytes("{{ messages[0].content }}"));
        Base base = bases.create(uploaded(files).setBaseId("one").build());
        files.put("chat_template.jinja", bytes("{{ messages[0].content }}!"));
        Base other = bases.create(uploaded(files).setBaseId("two").build());
        files.put("tokenizer.json", bytes("{\"version\":\"1.0\",\"model\":{}}"));
        Base third = bases.create(uploaded(files).setBaseId("three").build());

        assertThat(base.getTemplateDigest()).hasSize(64).isNotEqualTo(other.getTemplateDigest());
        assertThat(third.getTemplateDigest()).isNotEqualTo(other.getTemplateDigest());
    }

    @Test
    void uploadedFilesBecomeABase() throws IOException {
        Base base = create(aModel());

        assertThat(base.getName()).isEqualTo("projects/default/bases/tiny");
        assertThat(base.getModelType()).isEqualTo("llama");
        assertThat(base.getFilesList())
                .allSatisfy(file -> assertThat(blobs.exists(file.getBlobKey())).isTrue());
        assertThat(bases.get(base.getName())).isEqualTo(base);
        assertThat(bases.list("projects/default", new Page(10, Optional.empty())))
                .containsExactly(base);
    }

    @Test
    void aProjectStoresSoManyBytesOfBases() throws IOException {
        byte[] file = new byte[15_000];
        BlobFile first = announced("README.md", file);
        bases.upload("projects/small", first, new ByteArrayInputStream(file));
        BlobFile large = announced("large", new byte[20_001]);
        assertThatThrownBy(() -> bases.upload("projects/small", large, InputStream.nullInputStream()))
                .isInstanceOfSatisfying(
                        ApiException.class, full -> assertThat(full.reason()).isEqualTo(ErrorReason.QUOTA_EXCEEDED))
                .hasMessage("projects/small has 15,000 bytes of bases and uploaded files, 20,001 more would come,"
                        + " and may have 20,000:"
                        + " try again when something is deleted");

        Map<String, byte[]> files = aModel();
        files.put("README.md", file);
        CreateBaseRequest.Builder request = uploaded("projects/small", files);
        Base base = bases.create(request.build());
        long size =
                base.getFilesList().stream().mapToLong(BlobFile::getSizeBytes).sum();
        assertThat(bases.create(request.setBaseId("same-files").build()).getFilesList())
                .as("a file that several bases have counts once")
                .isEqualTo(base.getFilesList());
        BlobFile more = announced("more", new byte[(int) (20_001 - size)]);
        assertThatThrownBy(() -> bases.upload("projects/small", more, InputStream.nullInputStream()))
                .hasMessageContaining("and may have 20,000");
        bases.delete(DeleteBaseRequest.newBuilder().setName(base.getName()).build());
        assertThatThrownBy(() -> bases.upload("projects/small", more, InputStream.nullInputStream()))
                .as("the other base has the same files")
                .hasMessageContaining("and may have 20,000");
        bases.delete(DeleteBaseRequest.newBuilder()
                .setName("projects/small/bases/same-files")
                .build());
        bases.upload("projects/small", more, new ByteArrayInputStream(new byte[(int) (20_001 - size)]));
    }

    @Test
    void filesThatNoBaseNamesCountAndThoseOfAFailedUploadDoNot() throws IOException {
        byte[] half = new byte[10_001];
        BlobFile one = announced("one", half);
        BlobFile two = announced("two", new byte[10_002]);
        assertThatThrownBy(() -> bases.upload("projects/small", one, InputStream.nullInputStream()))
                .hasMessageContaining("the bytes are not those announced");
        assertThatThrownBy(() -> bases.upload("projects/small", one, new FailingStream()))
                .hasMessage("the client has gone");
        bases.upload("projects/small", one, new ByteArrayInputStream(half));
        bases.upload("projects/small", one, new ByteArrayInputStream(half));
        assertThatThrownBy(() -> bases.upload("projects/small", two, InputStream.nullInputStream()))
                .hasMessageContaining("has 10,001 bytes of bases and uploaded files, 10,002 more would come");
        assertThatThrownBy(() -> bases.upload(
                        "projects/small", one.toBuilder().setSizeBytes(9_000).build(), new ByteArrayInputStream(half)))
                .hasMessageContaining("the bytes are not those announced");
        bases.upload("projects/small", announced("x", new byte[9_999]), new ByteArrayInputStream(new byte[9_999]));
    }

    private static final class FailingStream extends InputStream {
        @Override
        public int read() throws IOException {
            throw new IOException("the client has gone");
        }
    }

    @Test
    void uploadsAtTheSameTimeDoNotPassTheLimitTogether() throws IOException {
        byte[] half = new byte[10_001];
        byte[] other = new byte[10_002];
        InputStream meanwhile = new InputStream() {
            @Override
            public int read() {
                assertThatThrownBy(() -> bases.upload(
                                "projects/small", announced("two", other), new ByteArrayInputStream(other)))
                        .hasMessageContaining("and may have 20,000");
                return -1;
            }
        };
        bases.upload(
                "projects/small",
                announced("one", half),
                new SequenceInputStream(new ByteArrayInputStream(half), meanwhile));
    }

    @Test
    void filesOfADeletedBaseCountAgainWhenAnotherBaseNamesThem() throws IOException {
        Map<String, byte[]> files = aModel();
        files.put("README.md", new byte[15_000]);
        CreateBaseRequest request = uploaded("projects/small", files).build();
        Base base = bases.create(request);
        bases.delete(DeleteBaseRequest.newBuilder().setName(base.getName()).build());
        byte[] other = bytes("x".repeat(15_000));
        bases.upload("projects/small", announced("other", other), new ByteArrayInputStream(other));
        assertThatThrownBy(() -> bases.create(request)).hasMessageContaining("and may have 20,000");
        assertThat(bases.get(base.getName()).hasDeleteTime()).isTrue();
    }

    @Test
    void theSameNameAndFilesAreTheSameBase() throws IOException {
        Base base = create(aModel());
        Map<String, byte[]> other = aModel();
        other.put("README.md", bytes("other"));

        assertThat(create(aModel())).isEqualTo(base);
        assertThat(catchThrowableOfType(ApiException.class, () -> create(other)).reason())
                .isEqualTo(ErrorReason.RESOURCE_EXISTS);
    }

    @Test
    void onlyWhatIsMissingNeedsAnUpload() throws IOException {
        create(aModel());
        String there = announced("x", aModel().get("config.json")).getSha256();

        assertThat(bases.missing(PROJECT, List.of(there, "0".repeat(64)))).containsExactly("0".repeat(64));
        assertThatThrownBy(() -> bases.missing(PROJECT, List.of("../../etc/passwd")))
                .hasMessage("sha256: is not 64 lower-case hex digits");
    }

    @Test
    void aFileOfAnotherProjectIsMissingUntilItsBytesAreSent() throws IOException {
        create(aModel());
        String other = "projects/other";
        BlobFile weights = announced("model.safetensors", aModel().get("model.safetensors"));
        CreateBaseRequest theft =
                uploaded(aModel()).setParent(other).setBaseId("stolen").build();
        ApiException refused = catchThrowableOfType(ApiException.class, () -> bases.create(theft));
        CreateBaseRequest neverSent = theft.toBuilder()
                .clearFiles()
                .addFiles(announced("config.json", bytes("never sent")))
                .build();

        assertThat(bases.missing(other, List.of(weights.getSha256()))).containsExactly(weights.getSha256());
        assertThat(refused.reason()).isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
        assertThat(refused.getMessage().replace(theft.getFiles(0).getSha256(), "DIGEST"))
                .isEqualTo(catchThrowableOfType(ApiException.class, () -> bases.create(neverSent))
                        .getMessage()
                        .replace(neverSent.getFiles(0).getSha256(), "DIGEST"));

        for (Map.Entry<String, byte[]> file : aModel().entrySet()) {
            bases.upload(other, announced(file.getKey(), file.getValue()), new ByteArrayInputStream(file.getValue()));
        }
        assertThat(bases.missing(other, List.of(weights.getSha256()))).isEmpty();
        assertThat(bases.create(theft).getName()).isEqualTo("projects/other/bases/stolen");
    }

    /// The size of a file that only another project has sent must not show either.
    @Test
    void aWrongSizeOfAnotherProjectsFileIsNotToldApart() throws IOException {
        create(aModel());
        CreateBaseRequest.Builder theft = uploaded(aModel()).setParent("projects/other");
        theft.getFilesBuilder(0).setSizeBytes(1);

        assertThat(catchThrowableOfType(ApiException.class, () -> bases.create(theft.build()))
                        .reason())
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @Test
    void bytesThatAreNotThoseAnnouncedGiveNoFileToTheirSender() throws IOException {
        create(aModel());
        BlobFile weights = announced("model.safetensors", aModel().get("model.safetensors"));

        assertThatThrownBy(() -> bases.upload("projects/other", weights, new ByteArrayInputStream(bytes("anything"))))
                .hasMessageContaining("not those announced");

        assertThat(bases.missing("projects/other", List.of(weights.getSha256())))
                .hasSize(1);
    }

    @Test
    void bytesThatAreNotThoseAnnouncedLeaveNothing() throws IOException {
        BlobFile announced = announced("config.json", bytes("{}"));

        for (String other : new String[] {"[]", "{", "{}}", ""}) {
            ApiException refusal = catchThrowableOfType(
                    ApiException.class, () -> bases.upload(PROJECT, announced, new ByteArrayInputStream(bytes(other))));
            assertThat(refusal.reason()).isEqualTo(ErrorReason.DIGEST_MISMATCH);
            assertThat(refusal.metadata()).containsEntry("path", "config.json");
        }
        assertThat(blobs.list("")).isEmpty();
    }

    @Test
    void aFileThatWasNotUploadedIsNotFound() throws IOException {
        CreateBaseRequest request = uploaded(aModel())
                .addFiles(announced("README.md", bytes("never sent")))
                .build();

        assertThat(catchThrowableOfType(ApiException.class, () -> bases.create(request))
                        .reason())
                .isEqualTo(ErrorReason.RESOURCE_NOT_FOUND);
    }

    @ParameterizedTest
    @CsvSource({
        "../config.json, plain relative path",
        "/etc/x.json, plain relative path",
        "a\\b.json, plain relative path",
        "a/../b.json, plain relative path",
        ".hidden.json, plain relative path",
        "a%2e.json, plain relative path",
        "pytorch_model.bin, is not a .safetensors",
        "modeling.py, is not a .safetensors",
        "config.json, is named twice",
    })
    void pathsAndKindsAreBounded(String path, String problem) throws IOException {
        Map<String, byte[]> files = aModel();
        CreateBaseRequest request = uploaded(files)
                .addFiles(announced(path, files.get("config.json")))
                .build();

        assertThatThrownBy(() -> bases.create(request)).hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "config.json | [] | files[config.json]: is not a JSON object",
                "config.json | {} | files[config.json]: has no model_type",
                "config.json | {\"model_type\": | files[config.json]: is not JSON: line 1",
                "config.json | {\"model_type\":\"x\",\"auto_map\":{}} | files[config.json]: has auto_map",
                "tokenizer.json | {\"a\": nope} | files[tokenizer.json]: is not JSON: line 1",
                "model.safetensors | not one | files[model.safetensors]: is not a whole safetensors file",
                "model.safetensors.index.json | {\"weight_map\":{\"w\":\"gone.safetensors\"}} | files[model.safetensors.index.json]: names a file that is not there: gone.safetensors",
            })
    void filesThatNoWorkerCouldLoadAreRefusedByName(String path, String content, String message) {
        Map<String, byte[]> files = aModel();
        files.put(path, bytes(content));

        assertThatThrownBy(() -> create(files)).hasMessageStartingWith(message);
    }

    /// A field of the config, or another file, with which a worker would refuse the base an hour later.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "config.json | \"hidden_act\": \"gelu\" | files[config.json]: hidden_act: expected silu",
                "config.json | \"quantization_config\": {\"bits\": 4} | files[config.json]: quantization_config: expected none",
                "config.json | \"rope_scaling\": {\"type\": \"dynamic\"} | files[config.json]: rope_scaling: type: expected default",
                "config.json | \"mlp_bias\": true | files: the base: tensor \"model.layers.0.mlp.gate_proj.bias\" is in no weight file",
                "tokenizer_config.json | \"split_special_tokens\": true | files[tokenizer_config.json]: split_special_tokens: expected false",
                "tokenizer_config.json | \"chat_template\": {} | files[tokenizer_config.json]: chat_template: expected a text",
                "tokenizer_config.json | \"chat_template\": \"{% for %}\" | files[tokenizer_config.json]: chat template",
                "generation_config.json | \"eos_token_id\": 4 | files[generation_config.json]: eos_token_id: expected the base's tokens",
                "adapter_config.json | \"r\": 8 | files[adapter_config.json]: expected no adapter beside the model",
            })
    void aBaseThatNoWorkerWouldTakeIsRefusedByFileAndField(String path, String field, String message) {
        Map<String, byte[]> files = aModel();
        String rest = path.equals("config.json")
                ? ", " + Safetensors.config(4).strip().substring(1)
                : "}";
        files.put(path, bytes("{" + field + rest));

        assertThatThrownBy(() -> create(files)).hasMessageStartingWith(message);
    }

    @Test
    void weightsThatDoNotFitTheConfigAreRefusedByTensor() {
        Map<String, byte[]> wrongShape = aModel();
        wrongShape.put("model.safetensors", Safetensors.weights(5));
        Map<String, byte[]> unread = aModel();
        unread.put("consolidated.safetensors", Safetensors.weights(4));
        Map<String, byte[]> endless = aModel();
        endless.put("config.json", bytes(Safetensors.config(4).replace(", \"eos_token_id\": 1", "")));

        assertThatThrownBy(() -> create(wrongShape))
                .hasMessage(
                        "files[model.safetensors]: tensor \"model.embed_tokens.weight\" has shape [5, 8], expected [4, 8]");
        assertThatThrownBy(() -> create(unread))
                .hasMessageStartingWith("files[consolidated.safetensors]: holds no weights of the model");
        assertThatThrownBy(() -> create(endless))
                .hasMessageStartingWith("files[config.json]: eos_token_id: expected a token that ends a text");
    }

    @Test
    void theOriginIsTheUsersElseTheConfigsIfItIsAHubName() throws IOException {
        Map<String, byte[]> files = aModel();
        assertThat(create(files).getOrigin()).isEmpty();
        CreateBaseRequest.Builder given = uploaded(files).setBaseId("given").setOrigin("org/name");
        assertThat(bases.create(given.build()).getOrigin()).isEqualTo("org/name");
        for (Map.Entry<String, String> name : Map.of(
                        "HuggingFaceTB/SmolLM2-135M", "HuggingFaceTB/SmolLM2-135M", "/root/model", "", "./model", "")
                .entrySet()) {
            files.put(
                    "config.json",
                    bytes(Safetensors.config(4).replaceFirst("\\{", "{\"_name_or_path\": \"" + name.getKey() + "\",")));
            CreateBaseRequest.Builder request =
                    uploaded(files).setBaseId("b" + Math.abs(name.getKey().hashCode()));
            assertThat(bases.create(request.build()).getOrigin()).isEqualTo(name.getValue());
        }
    }

    @Test
    void theSameFilesWithAnotherOriginAreAnotherBase() throws IOException {
        CreateBaseRequest.Builder request = uploaded(aModel()).setOrigin("org/name");
        Base base = bases.create(request.build());

        assertThat(bases.create(request.build())).isEqualTo(base);
        assertThat(bases.create(request.clearOrigin().build())).isEqualTo(base);
        CreateBaseRequest other = request.setOrigin("org/other").build();
        assertThat(catchThrowableOfType(ApiException.class, () -> bases.create(other))
                        .reason())
                .isEqualTo(ErrorReason.RESOURCE_EXISTS);
    }

    @Test
    void aBaseSaysWhatItsChatTemplateWrites() throws IOException {
        assertThat(create(aModel()).getChatTemplate()).isEqualTo(ChatTemplateSummary.getDefaultInstance());
        Map<String, byte[]> files = aModel();
        files.put("chat_template.jinja", bytes("{% for m in messages %}{{ m.content }}{% endfor %}"));
        files.put(
                "additional_chat_templates/tool_use.jinja",
                bytes("{{ tools | tojson }}{% for m in messages %}{{ m.content }}{% endfor %}"));

        Base base = bases.create(uploaded(files).setBaseId("chat").build());

        assertThat(base.getChatTemplate())
                .isEqualTo(ChatTemplateSummary.newBuilder()
                        .setPresent(true)
                        .setWritesSystemTurn(true)
                        .setWritesTools(true)
                        .setWritesToolResults(true)
                        .build());
    }

    @ParameterizedTest
    @CsvSource({
        "config.json, files: hold no config.json",
        "tokenizer.json, files: hold no tokenizer.json",
        "model.safetensors, files: hold no .safetensors file",
    })
    void missingFilesAreNamed(String path, String message) {
        Map<String, byte[]> files = aModel();
        files.remove(path);

        assertThatThrownBy(() -> create(files)).hasMessage(message);
    }

    @Test
    void anIdThatIsNoNameIsRefused() throws IOException {
        CreateBaseRequest request = uploaded(aModel()).setBaseId("Tiny/..").build();

        assertThatThrownBy(() -> bases.create(request)).hasMessageStartingWith("base_id: expected lower-case");
    }

    private static DeleteBaseRequest delete(Base base) {
        return DeleteBaseRequest.newBuilder().setName(base.getName()).build();
    }

    @Test
    void aDeletedBaseLeavesATombstoneAndItsName() throws IOException {
        Base base = create(aModel());

        Base tombstone = bases.delete(delete(base));

        assertThat(tombstone.hasDeleteTime()).isTrue();
        assertThat(bases.get(base.getName())).isEqualTo(tombstone);
        assertThat(bases.delete(delete(base))).isEqualTo(tombstone);
        assertThat(bases.list("projects/default", new Page(10, Optional.empty())))
                .isEmpty();
        assertThatThrownBy(() -> bases.file(base.getName(), "config.json")).hasMessageContaining("it is deleted");
        assertThat(create(aModel()).hasDeleteTime()).isFalse();
        assertThat(bases.list("projects/default", new Page(10, Optional.empty())))
                .hasSize(1);
    }

    @Test
    void aBaseThatWorkOrAModelVersionNeedsIsNotDeleted() throws IOException {
        Base base = create(aModel());
        String run = "projects/default/trainingRuns/r1";
        String model = "projects/default/models/m";
        bases.used(run, base.getName());
        assertThatThrownBy(() -> bases.delete(delete(base)))
                .hasMessage("cannot delete " + base.getName() + ": it is needed by " + run);

        bases.unused(run);
        ModelVersion version = ModelVersion.newBuilder()
                .setName(model + "/versions/1")
                .setTrainingRun(run)
                .setBase(base.getName())
                .setState(ModelVersion.State.REVOKED)
                .build();
        versions.lock(model);
        versions.add(model, 1, version);
        assertThatThrownBy(() -> bases.delete(delete(base))).hasMessageContaining(version.getName() + " (REVOKED)");

        versions.update(version.toBuilder().setState(ModelVersion.State.DELETED).build());
        assertThat(bases.delete(delete(base)).hasDeleteTime()).isTrue();
    }
}

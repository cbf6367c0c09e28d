package dev.finetide.kit.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.training.v1.TrainingOutput;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class WrittenFilesTest {
    private static final String PREFIX = "trainingRuns/default/run-1/attempts/3/";

    @Test
    void theFilesOfAnAttemptFit() {
        List<BlobFile> files = List.of(
                file("adapter_model.safetensors").build(),
                file("deep/config.json").build());
        assertThat(WrittenFiles.problem(files, PREFIX)).isEmpty();
        TrainingOutput output = TrainingOutput.newBuilder()
                .addAllFiles(files)
                .setDigest(FileSet.digest(files))
                .build();
        assertThat(WrittenFiles.problem(output, PREFIX)).isEmpty();
        assertThat(WrittenFiles.problem(
                        output.toBuilder().setDigest("0".repeat(64)).build(), PREFIX))
                .hasValueSatisfying(problem -> assertThat(problem).contains("digest"));
        assertThat(WrittenFiles.problem(TrainingOutput.getDefaultInstance(), PREFIX))
                .contains("expected files, got none");
    }

    static Stream<Arguments> faults() {
        return Stream.<Object[]>of(
                        fault("no path", file -> file.clearPath(), "plain relative path"),
                        fault("above", file -> file.setPath("../x.json"), "plain relative path"),
                        fault("absolute", file -> file.setPath("/etc/passwd"), "plain relative path"),
                        fault("NUL", file -> file.setPath("a\0b"), "plain relative path"),
                        fault("repeated", file -> file.setPath("first.json"), "each path once"),
                        fault("negative", file -> file.setSizeBytes(-1), "size"),
                        fault("no digest", file -> file.clearSha256(), "SHA-256"),
                        fault("short digest", file -> file.setSha256("abc"), "SHA-256"),
                        fault("capitals", file -> file.setSha256("A".repeat(64)), "SHA-256"),
                        fault("no blob", file -> file.clearBlobKey(), "below " + PREFIX),
                        fault("other run", file -> file.setBlobKey(PREFIX.replace("run-1", "run-2") + "x"), "below"),
                        fault("other epoch", file -> file.setBlobKey(PREFIX.replace("/3/", "/33/") + "x"), "below"),
                        fault("climbs", file -> file.setBlobKey(PREFIX + "../../other/x"), "below"),
                        fault("a base's blob", file -> file.setBlobKey("sha256/ab/" + "ab".repeat(32)), "below"))
                .map(Arguments::of);
    }

    private static Object[] fault(String what, UnaryOperator<BlobFile.Builder> fault, String told) {
        return new Object[] {what, fault, told};
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void aFileThatDoesNotFitIsNamed(String what, UnaryOperator<BlobFile.Builder> fault, String told) {
        List<BlobFile> files = List.of(
                file("first.json").build(), fault.apply(file("second.json")).build());
        assertThat(WrittenFiles.problem(files, PREFIX))
                .as(what)
                .hasValueSatisfying(
                        problem -> assertThat(problem).startsWith("file ").contains(told));
    }

    @Test
    void aListWithoutAnEndIsRefused() {
        List<BlobFile> files =
                IntStream.range(0, 1001).mapToObj(i -> file("f" + i).build()).toList();
        assertThat(WrittenFiles.problem(files, PREFIX))
                .hasValueSatisfying(problem -> assertThat(problem).contains("at most 1000"));
    }

    @Test
    void aBlobThatIsNotThereOrHasAnotherSizeIsNamed() throws IOException {
        InMemoryBlobStore store = new InMemoryBlobStore();
        BlobRef stored = store.put(PREFIX + "model/a.json", new ByteArrayInputStream(new byte[5]));
        BlobFile there = BlobFile.newBuilder()
                .setPath("a.json")
                .setBlobKey(stored.key())
                .setSizeBytes(5)
                .setSha256(stored.sha256())
                .build();
        assertThat(WrittenFiles.absent(List.of(there), store)).isEmpty();
        assertThat(WrittenFiles.absent(List.of(there.toBuilder().setSizeBytes(6).build()), store))
                .contains("file a.json: expected 6 bytes in the store, found 5");
        assertThat(WrittenFiles.absent(
                        List.of(
                                there,
                                file("b.json")
                                        .setBlobKey(PREFIX + "model/b.json")
                                        .build()),
                        store))
                .contains("file b.json: expected 4 bytes in the store, found no such blob");
    }

    private static BlobFile.Builder file(String path) {
        return BlobFile.newBuilder()
                .setPath(path)
                .setSizeBytes(4)
                .setSha256("ab".repeat(32))
                .setBlobKey(PREFIX + "model/" + path);
    }
}

package dev.finetide.blobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The store on a disk that is really full: a 2 MB tmpfs in a new mount namespace, with the store in a JVM inside.
class FullDiskIT {

    @TempDir
    Path directory;

    @Test
    void fullDiskIsTypedLeavesNothingAndTheStoreWorksAgain() throws Exception {
        Assumptions.assumeTrue(run("unshare", "-rm", "true").code == 0, "skipped: no mount namespaces for this user");

        Result result = run(
                "unshare",
                "-rm",
                "sh",
                "-c",
                "mount -t tmpfs -o size=2m tmpfs \"$0\" && exec \"$@\"",
                directory.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Probe.class.getName(),
                directory.toString());

        assertThat(result.output).contains("full: no space left for blob big");
        assertThat(result.output).contains("full: no space left for blob sha256/");
        assertThat(result.output).contains("left: [small]").contains("then: [again, small]");
        assertThat(result.output).contains("temporary: 0").contains("small is intact");
        assertThat(result.code).isZero();
    }

    private record Result(int code, String output) {}

    private static Result run(String... command) throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), output);
    }

    static final class Probe {

        public static void main(String[] arguments) throws IOException {
            BlobStore store = BlobStores.open(Path.of(arguments[0]).toUri());
            BlobRef small = store.put("small", new ByteArrayInputStream(new byte[1000]));
            try {
                store.put("big", new ByteArrayInputStream(new byte[4 << 20]));
            } catch (BlobStoreFullException e) {
                System.out.println("full: " + e.getMessage());
            }
            byte[] large = new byte[4 << 20];
            try {
                store.putContent(large);
            } catch (BlobStoreFullException e) {
                System.out.println("full: " + e.getMessage());
            }
            try (Stream<Path> files = Files.list(Path.of(arguments[0]).resolve(".tmp"))) {
                System.out.println("temporary: " + files.count());
            }
            if (store.stat("small").equals(Optional.of(small))) {
                System.out.println("small is intact");
            }
            System.out.println(
                    "left: " + store.list("").stream().map(BlobEntry::key).toList());
            store.put("again", new ByteArrayInputStream(new byte[1 << 20]));
            System.out.println(
                    "then: " + store.list("").stream().map(BlobEntry::key).toList());
        }
    }
}

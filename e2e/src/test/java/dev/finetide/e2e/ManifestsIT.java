package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real API server with Kueue takes every object of every overlay that it knows, as a server-side dry run. The kinds
/// of operators that are not installed there are left out, and printed.
class ManifestsIT {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path CLUSTER = Finetide.HOME.resolve("../shared/cluster");

    @TempDir
    Path directory;

    @Test
    void theApiServerTakesEveryOverlay() throws Exception {
        Tool kubectl = Tool.require("kubectl");
        Path programs = Path.of(
                        Optional.ofNullable(System.getenv("XDG_CACHE_HOME")).orElse(System.getenv("HOME") + "/.cache"))
                .resolve("finetide-cluster");
        boolean built = Files.isExecutable(CLUSTER.resolve("up")) && Files.exists(programs.resolve("kueue.yaml"));
        if (!built) {
            System.out.println("skipped: no cluster programs, run ../shared/cluster/build first");
        }
        assumeTrue(built, "no cluster programs");
        Path cluster = directory.resolve("cluster");
        Process up = new ProcessBuilder(CLUSTER.resolve("up").toString(), cluster.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("up.log").toFile())
                .start();
        try {
            await().atMost(Duration.ofMinutes(3)).until(() -> Files.exists(cluster.resolve("ready")) || !up.isAlive());
            assertThat(up.isAlive())
                    .as(Finetide.read(directory.resolve("up.log")))
                    .isTrue();
            String config = "--kubeconfig=" + cluster.resolve("kubeconfig");
            assertThat(kubectl.run(Finetide.HOME, config, "apply", "--server-side", "-f", "k8s/base/namespace.yaml"))
                    .returns(0, Tool.Result::exitCode);
            for (String overlay : new String[] {"dev", "gpu", "prod"}) {
                Tool.Result rendered = kubectl.run(Finetide.HOME, "kustomize", "k8s/overlays/" + overlay);
                Path known = writeKnown(overlay, rendered.output());
                Tool.Result taken = kubectl.run(
                        directory,
                        config,
                        "apply",
                        "--server-side",
                        "--dry-run=server",
                        "--force-conflicts",
                        "-f",
                        known.toString());
                assertThat(taken.exitCode()).as(taken.output()).isZero();
                assertThat(taken.output()).as("pod security and deprecations").doesNotContain("Warning:");
            }
        } finally {
            up.destroy();
            if (!up.waitFor(20, TimeUnit.SECONDS)) {
                up.destroyForcibly();
            }
        }
    }

    private Path writeKnown(String overlay, String manifests) throws IOException {
        StringBuilder known = new StringBuilder();
        try (MappingIterator<JsonNode> objects = YAML.readerFor(JsonNode.class).readValues(manifests)) {
            while (objects.hasNext()) {
                JsonNode object = objects.next();
                String version = object.path("apiVersion").asText();
                if (!version.contains(".") || version.contains("k8s.io/") && !version.startsWith("gateway.")) {
                    known.append(YAML.writeValueAsString(object));
                } else {
                    System.out.println("not sent to the API server: " + overlay + " " + version + " "
                            + object.path("kind").asText());
                }
            }
        }
        return Files.writeString(directory.resolve(overlay + ".yaml"), known);
    }
}

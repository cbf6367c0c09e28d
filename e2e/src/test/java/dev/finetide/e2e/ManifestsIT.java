package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.finetide.kubernetes.TestCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real API server with Kueue accepts every overlay in a server-side dry run. Kinds of operators that are not
/// installed there are left out and printed.
class ManifestsIT {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    @TempDir
    Path directory;

    @Test
    void theApiServerTakesEveryOverlay() throws Exception {
        Tool kubectl = Tool.require("kubectl");
        assumeTrue(TestCluster.isBuilt(), "no cluster programs");
        try (TestCluster cluster = TestCluster.start()) {
            String config = "--kubeconfig=" + cluster.kubeconfig();
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

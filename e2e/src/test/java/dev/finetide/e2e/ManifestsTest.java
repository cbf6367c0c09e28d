package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every overlay renders to manifests that keep the rules which a platform engineer looks for first.
class ManifestsTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    @ParameterizedTest
    @ValueSource(strings = {"dev", "gpu", "prod"})
    void anOverlayRendersAndKeepsTheRules(String overlay) throws Exception {
        Tool kubectl = Tool.require("kubectl");
        Tool.Result rendered = kubectl.run(Finetide.HOME, "kustomize", "k8s/overlays/" + overlay);
        assertThat(rendered.exitCode()).as(rendered.output()).isZero();
        List<JsonNode> objects;
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(rendered.output())) {
            objects = documents.readAll();
        }
        assertThat(kinds(objects)).contains("Deployment", "PodDisruptionBudget", "NetworkPolicy");
        assertThat(kinds(objects).containsAll(Set.of("HorizontalPodAutoscaler", "ScaledObject")))
                .as("two scalers fight")
                .isFalse();
        assertThat(objects.stream().filter(object -> kind(object).matches("Deployment|StatefulSet|Job")))
                .allSatisfy(ManifestsTest::isConfined);
        assertThat(objects.stream().filter(object -> kind(object).equals("Deployment")))
                .hasSize(4)
                .allSatisfy(ManifestsTest::isWatched);
    }

    private static void isConfined(JsonNode object) {
        JsonNode pod = object.at("/spec/template/spec");
        JsonNode container = pod.at("/containers/0");
        assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
        assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true))
                .isFalse();
        assertThat(container.at("/securityContext/capabilities/drop/0").asText())
                .isEqualTo("ALL");
        assertThat(container.at("/resources/limits").has("memory")).isTrue();
        assertThat(container.at("/resources/requests").has("cpu")).isTrue();
        assertThat(container.path("image").asText()).matches(".+:.+").doesNotEndWith(":latest");
    }

    private static void isWatched(JsonNode deployment) {
        JsonNode container = deployment.at("/spec/template/spec/containers/0");
        assertThat(container.has("startupProbe") && container.has("readinessProbe") && container.has("livenessProbe"))
                .isTrue();
        assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean())
                .isTrue();
        assertThat(deployment.at("/spec/template/spec/serviceAccountName").asText())
                .isEqualTo(deployment.at("/metadata/name").asText());
    }

    private static Set<String> kinds(List<JsonNode> objects) {
        return objects.stream().map(ManifestsTest::kind).collect(Collectors.toSet());
    }

    private static String kind(JsonNode object) {
        return object.path("kind").asText();
    }
}

package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every overlay renders to manifests that keep the rules which a platform engineer looks for first.
class ManifestsTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    @ParameterizedTest
    @ValueSource(strings = {"dev", "gpu", "prod"})
    void anOverlayRendersAndKeepsTheRules(String overlay) throws Exception {
        List<JsonNode> objects = rendered(overlay);
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

    @Test
    void inProdEachServiceHasItsOwnRoleInPostgresAndVerifiesItsCertificate() throws Exception {
        List<JsonNode> objects = rendered("prod");
        JsonNode settings = named(objects, "ConfigMap", "finetide-settings").path("data");
        JsonNode database = named(objects, "Cluster", "finetide-postgres");
        assertThat(settings.path("FINETIDE_DATABASE_OPTIONS").asText())
                .startsWith("&sslmode=verify-full&sslrootcert=/var/run/finetide/postgres/");
        assertThat(database.at("/spec/postgresql/pg_hba/0").asText()).isEqualTo("hostnossl all all all reject");
        for (String service : List.of("dataset", "training", "eval", "registry")) {
            JsonNode pod = named(objects, "Deployment", service + "-service").at("/spec/template/spec");
            String text = pod.toString();
            assertThat(text)
                    .contains("currentSchema=" + service + "$(FINETIDE_DATABASE_OPTIONS)")
                    .contains("\"secretKeyRef\":{\"key\":\"username\",\"name\":\"finetide-postgres-" + service + "\"}")
                    .contains("\"secretKeyRef\":{\"key\":\"password\",\"name\":\"finetide-postgres-" + service + "\"}")
                    .contains("\"mountPath\":\"/var/run/finetide/postgres\"")
                    .contains("\"secretName\":\"finetide-postgres-ca\"")
                    .doesNotContain("finetide-postgres-app");
            assertThat(database.at("/spec/managed/roles").toString())
                    .contains("\"passwordSecret\":{\"name\":\"finetide-postgres-" + service + "\"}");
            assertThat(database.at("/spec/bootstrap/initdb/postInitApplicationSQL")
                            .toString())
                    .contains("create schema " + service + " authorization " + service);
        }
    }

    private static List<JsonNode> rendered(String overlay) throws Exception {
        Tool kubectl = Tool.require("kubectl");
        Tool.Result rendered = kubectl.run(Finetide.HOME, "kustomize", "k8s/overlays/" + overlay);
        assertThat(rendered.exitCode()).as(rendered.output()).isZero();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(rendered.output())) {
            return documents.readAll();
        }
    }

    private static JsonNode named(List<JsonNode> objects, String kind, String name) {
        return objects.stream()
                .filter(object -> kind(object).equals(kind)
                        && object.at("/metadata/name").asText().equals(name))
                .findFirst()
                .orElseThrow();
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

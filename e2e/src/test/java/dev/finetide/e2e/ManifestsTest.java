package dev.finetide.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every overlay renders to manifests that keep the rules which a platform engineer looks for first.
class ManifestsTest {
    private static final Pattern PACKAGE = Pattern.compile("^package ([a-z0-9.]+);", Pattern.MULTILINE);
    private static final Pattern SERVICE = Pattern.compile("^service ([A-Za-z]+) ", Pattern.MULTILINE);
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

    /// A certificate has the names by which services, workers and the Gateway call a service.
    @Test
    void inProdEveryCallIsOverTls() throws Exception {
        List<JsonNode> objects = rendered("prod");
        JsonNode settings = named(objects, "ConfigMap", "finetide-settings").path("data");
        assertThat(settings.path("FINETIDE_PLAIN_TEXT_ALLOWED").asText()).isEqualTo("false");
        settings.properties().stream()
                .filter(setting -> setting.getKey().matches("FINETIDE_[A-Z]+_ENDPOINT"))
                .forEach(setting -> assertThat(setting.getValue().asText()).startsWith("https://"));
        assertThat(settings.path("FINETIDE_SCHEME").asText()).isEqualTo("https://");
        for (String service : List.of("dataset-service", "training-service", "eval-service", "registry-service")) {
            String host = service + ".finetide.svc";
            JsonNode certificate = named(objects, "Certificate", service).path("spec");
            assertThat(certificate.at("/dnsNames/0").asText()).isEqualTo(host);
            assertThat(certificate.at("/privateKey/encoding").asText()).isEqualTo("PKCS8");
            assertThat(named(objects, "Deployment", service).toString())
                    .contains("\"secretName\":" + certificate.path("secretName"))
                    .contains("\"mountPath\":\"/var/run/finetide/tls\"");
            JsonNode policy = named(objects, "BackendTLSPolicy", service).path("spec");
            assertThat(policy.at("/validation/hostname").asText()).isEqualTo(host);
            assertThat(policy.at("/targetRefs/0/name").asText()).isEqualTo(service);
            assertThat(named(objects, "Service", service).at("/spec/ports/0").has("appProtocol"))
                    .isFalse();
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

    private static String name(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    /// A Secret that a pod names and nobody makes keeps the pod from starting.
    @ParameterizedTest
    @ValueSource(strings = {"dev", "gpu", "prod"})
    void everySecretOfAPodIsMadeByTheOverlayAnOperatorOrAStepOfTheGuide(String overlay) throws Exception {
        List<JsonNode> objects = rendered(overlay);
        Set<String> made = objects.stream()
                .filter(object -> kind(object).matches("Secret|KafkaUser"))
                .map(ManifestsTest::name)
                .collect(Collectors.toSet());
        objects.stream()
                .filter(object -> kind(object).equals("Certificate"))
                .forEach(object -> made.add(object.at("/spec/secretName").asText()));
        if (kinds(objects).contains("Kafka")) {
            made.add("kafka-cluster-ca-cert");
        }
        objects.stream()
                .filter(object -> kind(object).equals("Cluster"))
                .forEach(database -> made.addAll(List.of(name(database) + "-app", name(database) + "-ca")));
        String guide = Files.readString(Finetide.HOME.resolve("k8s/README.md"));
        List<String> missing = new ArrayList<>();
        for (JsonNode object : objects) {
            if (kind(object).matches("Deployment|StatefulSet|Job|TriggerAuthentication")) {
                String owner = name(object);
                secrets(object).stream()
                        .filter(secret -> !made.contains(secret))
                        .filter(secret -> !overlay.equals("prod")
                                || Stream.of(
                                                secret,
                                                secret.replace(owner, "SERVICE"),
                                                secret.replace(owner.replace("-service", ""), "ROLE"))
                                        .noneMatch(guide::contains))
                        .forEach(secret -> missing.add(owner + " needs " + secret));
            }
        }
        assertThat(missing).isEmpty();
    }

    private static Set<String> secrets(JsonNode object) {
        Set<String> named = new TreeSet<>();
        object.findValues("secretKeyRef")
                .forEach(ref -> named.add(ref.path("name").asText()));
        object.findValues("secret")
                .forEach(volume -> named.add(volume.path("secretName").asText()));
        object.findValues("secretRef").stream()
                .filter(ref -> !ref.path("optional").asBoolean())
                .forEach(ref -> named.add(ref.path("name").asText()));
        object.findValues("secretTargetRef")
                .forEach(list -> list.forEach(ref -> named.add(ref.path("name").asText())));
        return named;
    }

    /// The services of the dev overlay know the tokens of each other.
    @Test
    void theTokensOfTheDevOverlayAreThoseOfItsCallers() throws Exception {
        List<JsonNode> objects = rendered("dev");
        String callers = secret(objects, "finetide-callers", "callers");
        for (String service : List.of("dataset-service", "training-service", "eval-service", "registry-service")) {
            String token = secret(objects, "finetide-" + service + "-token", "token");
            String line = sha256(token) + " service:" + service + " *=";
            assertThat(callers.lines()).as(service).anyMatch(caller -> caller.startsWith(line));
        }
        assertThat(callers).contains(sha256("finetide-dev-user-token") + " user:");
    }

    private static String sha256(String text) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    }

    private static String secret(List<JsonNode> objects, String name, String key) {
        JsonNode secret = objects.stream()
                .filter(object -> kind(object).equals("Secret") && name(object).equals(name))
                .findFirst()
                .orElseThrow();
        return new String(
                Base64.getMimeDecoder().decode(secret.at("/data/" + key).asText()), UTF_8);
    }

    /// The Gateway lets every call in that a client may make, and none that only workers make.
    @Test
    void theGatewayRoutesEveryServiceThatClientsCall() throws Exception {
        List<JsonNode> objects = rendered("prod");
        Set<String> routed = objects.stream()
                .filter(object -> kind(object).equals("GRPCRoute"))
                .flatMap(route -> route.findValues("method").stream())
                .map(method -> method.path("service").asText())
                .collect(Collectors.toSet());

        assertThat(routed).hasSizeGreaterThan(5).isEqualTo(servicesOfClients());
    }

    /// Returns the full names of the services in the protos that have a right for people.
    private static Set<String> servicesOfClients() throws IOException {
        Set<String> services = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Finetide.HOME.resolve("proto/src/main/proto"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String proto = Files.readString(file);
                Matcher service = SERVICE.matcher(proto);
                Matcher owner = PACKAGE.matcher(proto);
                if (proto.contains("needs) = {role: ") && service.find() && owner.find()) {
                    services.add(owner.group(1) + "." + service.group(1));
                }
            }
        }
        return services;
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

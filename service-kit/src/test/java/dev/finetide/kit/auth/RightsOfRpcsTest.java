package dev.finetide.kit.auth;

import static org.assertj.core.api.Assertions.assertThat;

import build.buf.validate.ValidateProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import dev.finetide.proto.auth.v1.Access;
import dev.finetide.proto.dataset.v1.DatasetServiceOuterClass;
import dev.finetide.proto.dataset.v1.Report;
import dev.finetide.proto.evaluation.v1.AdviceOuterClass;
import dev.finetide.proto.evaluation.v1.EvaluationServiceOuterClass;
import dev.finetide.proto.model.v1.BaseServiceOuterClass;
import dev.finetide.proto.model.v1.ModelServiceOuterClass;
import dev.finetide.proto.project.v1.ProjectServiceOuterClass;
import dev.finetide.proto.rule.v1.RuleProto;
import dev.finetide.proto.training.v1.TrainingRunServiceOuterClass;
import dev.finetide.proto.worker.v1.AttemptServiceOuterClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every rpc says in its proto what a caller needs, and the table in proto/README.md is that.
class RightsOfRpcsTest {
    private static final Path README = Path.of("..", "proto", "README.md");
    private static final String BEGIN = "<!-- rights: made by RightsOfRpcsTest with -Dfinetide.generated=write -->\n";
    private static final String END = "<!-- end of rights -->";

    private static List<MethodDescriptor> rpcs() {
        return Stream.of(
                        DatasetServiceOuterClass.getDescriptor(),
                        Report.getDescriptor(),
                        TrainingRunServiceOuterClass.getDescriptor(),
                        EvaluationServiceOuterClass.getDescriptor(),
                        AdviceOuterClass.getDescriptor(),
                        ModelServiceOuterClass.getDescriptor(),
                        BaseServiceOuterClass.getDescriptor(),
                        ProjectServiceOuterClass.getDescriptor(),
                        AttemptServiceOuterClass.getDescriptor())
                .map(FileDescriptor::getServices)
                .flatMap(List::stream)
                .flatMap(service -> service.getMethods().stream())
                .toList();
    }

    @Test
    void everyServiceOfTheProtosIsLookedAt() throws IOException {
        try (Stream<Path> protos = Files.walk(Path.of("..", "proto", "src", "main", "proto"))) {
            long declared = protos.filter(file -> file.toString().endsWith(".proto"))
                    .mapToLong(RightsOfRpcsTest::services)
                    .sum();
            assertThat(rpcs().stream().map(MethodDescriptor::getService).distinct())
                    .hasSize((int) declared);
        }
    }

    private static long services(Path proto) {
        try (Stream<String> lines = Files.lines(proto)) {
            return lines.filter(line -> line.startsWith("service ")).count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void everyRpcSaysWhatItNeedsByAFieldThatIsAName() {
        assertThat(rpcs()).allSatisfy(rpc -> {
            AccessRule rule = AccessRule.of(rpc).orElseThrow();
            if (rule.needs().getAnyCaller()) {
                assertThat(rule.needs().getResource()).as(rpc.getFullName()).isEmpty();
                return;
            }
            FieldDescriptor name = rule.path().getLast();
            assertThat(name.getOptions()
                            .getExtension(ValidateProto.field)
                            .getString()
                            .hasExtension(RuleProto.name))
                    .as("%s: %s is a resource name", rpc.getFullName(), name.getFullName())
                    .isTrue();
        });
    }

    @Test
    void theTableOfRightsIsThatOfTheProtos() throws IOException {
        String text = Files.readString(README);
        assertThat(text).contains(BEGIN).contains(END);
        int from = text.indexOf(BEGIN) + BEGIN.length();
        int to = text.indexOf(END);
        if (System.getProperty("finetide.generated", "").equals("write")) {
            Files.writeString(README, text.substring(0, from) + table() + text.substring(to));
            return;
        }
        assertThat(text.substring(from, to))
                .as("write it with -Dfinetide.generated=write -Dtest=RightsOfRpcsTest")
                .isEqualTo(table());
    }

    private static String table() {
        return rpcs().stream()
                .map(rpc -> {
                    Access needs = AccessRule.of(rpc).orElseThrow().needs();
                    return "| %s | %s | %s | %s |"
                            .formatted(rpc.getService().getName(), rpc.getName(), who(needs), where(needs));
                })
                .collect(Collectors.joining(
                        "\n", "| service | rpc | needs | in the project of |\n| --- | --- | --- | --- |\n", "\n"));
    }

    private static String who(Access needs) {
        if (needs.getAnyCaller()) {
            return "a token";
        }
        return needs.getWorker()
                ? "the attempt's worker"
                : needs.getRole().name().toLowerCase(Locale.ROOT);
    }

    private static String where(Access needs) {
        if (needs.getAnyCaller()) {
            return "none: the answer has what the caller may see";
        }
        return needs.getAllProjects() ? "all projects" : "`" + needs.getResource() + "`";
    }

    @Test
    void theGatewayHasARouteToEveryServiceButThatOfWorkers() throws IOException {
        String routes = Files.readString(Path.of("..", "k8s", "overlays", "prod", "gateway.yaml"));
        assertThat(rpcs().stream().map(MethodDescriptor::getService).distinct())
                .allSatisfy(service -> assertThat(routes.contains("{service: " + service.getFullName() + "}"))
                        .as(service.getFullName())
                        .isEqualTo(!service.getName().equals("AttemptService")));
    }
}

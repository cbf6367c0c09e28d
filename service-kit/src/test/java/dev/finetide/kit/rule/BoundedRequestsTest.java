package dev.finetide.kit.rule;

import static org.assertj.core.api.Assertions.assertThat;

import build.buf.validate.FieldRules;
import build.buf.validate.StringRules;
import build.buf.validate.ValidateProto;
import com.google.api.FieldBehavior;
import com.google.api.FieldBehaviorProto;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.finetide.proto.rule.NumberRange;
import dev.finetide.proto.rule.v1.RuleProto;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoServiceDescriptorSupplier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Checks that its schema bounds every request of every service, by rules that [dev.finetide.kit.rule.FieldRules]
/// knows.
class BoundedRequestsTest {
    private final Set<String> seen = new TreeSet<>();
    private final List<String> unbounded = new ArrayList<>();

    @Test
    void everyTextAndListOfARequestHasABound() throws Exception {
        List<Descriptor> requests = requests();
        assertThat(requests).as("request messages of all services").hasSizeGreaterThan(20);
        requests.forEach(this::walk);
        assertThat(seen).contains("finetide.training.v1.LoraConfig.target_modules", "finetide.dataset.v1.Chunk.data");
        assertThat(unbounded).as("fields without a bound").isEmpty();
    }

    static List<Descriptor> requests() throws Exception {
        List<Descriptor> requests = new ArrayList<>();
        for (JavaClass generated : new ClassFileImporter()
                .withImportOption(place -> place.contains("ServiceGrpc"))
                .importPackages("dev.finetide.proto")) {
            if (generated.getSimpleName().endsWith("ServiceGrpc")) {
                ServiceDescriptor service = (ServiceDescriptor)
                        generated.reflect().getMethod("getServiceDescriptor").invoke(null);
                ((ProtoServiceDescriptorSupplier) service.getSchemaDescriptor())
                        .getServiceDescriptor().getMethods().stream()
                                .map(MethodDescriptor::getInputType)
                                .forEach(requests::add);
            }
        }
        return requests;
    }

    private void walk(Descriptor message) {
        for (FieldDescriptor field : message.getFields()) {
            boolean outputOnly = field.getOptions()
                    .getExtension(FieldBehaviorProto.fieldBehavior)
                    .contains(FieldBehavior.OUTPUT_ONLY);
            if (seen.add(field.getFullName()) && !outputOnly) {
                FieldRules rules = field.getOptions().getExtension(ValidateProto.field);
                check(field, rules);
                if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                    walk(field.getMessageType());
                }
            }
        }
    }

    private void check(FieldDescriptor field, FieldRules rules) {
        assertThat(names(rules))
                .as(field.getFullName())
                .isSubsetOf("ignore", "int32", "int64", "double", "string", "bytes", "repeated");
        FieldRules each = rules;
        if (field.isRepeated()) {
            require(rules.getRepeated().hasMaxItems(), field);
            assertThat(names(rules.getRepeated())).isSubsetOf("min_items", "max_items", "items");
            each = rules.getRepeated().getItems();
        }
        switch (field.getJavaType()) {
            case STRING -> text(field, each.getString());
            case BYTE_STRING -> {
                require(each.getBytes().hasMaxLen(), field);
                assertThat(names(each.getBytes())).isSubsetOf("max_len");
            }
            case INT, LONG, DOUBLE ->
                assertThat(NumberRange.of(each).isPresent())
                        .isEqualTo(!names(each).isEmpty());
            case FLOAT, BOOLEAN, ENUM -> assertThat(names(each)).isSubsetOf("repeated");
            case MESSAGE -> assertThat(names(each)).isSubsetOf("repeated", "ignore");
        }
    }

    private void text(FieldDescriptor field, StringRules rules) {
        require(rules.hasMaxLen() || rules.getUuid() || rules.hasExtension(RuleProto.name), field);
        assertThat(names(rules))
                .as(field.getFullName())
                .isSubsetOf("max_len", "pattern", "uuid", "finetide.rule.v1.name");
        if (rules.hasPattern()) {
            assertThat(rules.hasMaxLen()).as(field.getFullName()).isTrue();
            assertThat(rules.getPattern())
                    .as(field.getFullName())
                    .startsWith("^")
                    .endsWith("$");
            assertThat(field.getOptions().getExtension(RuleProto.expected))
                    .as("words for the pattern of %s", field.getFullName())
                    .isNotEmpty();
        }
    }

    private void require(boolean bounded, FieldDescriptor field) {
        if (!bounded) {
            unbounded.add(field.getFullName());
        }
    }

    private static Set<String> names(Message rules) {
        return rules.getAllFields().keySet().stream()
                .map(field -> field.isExtension() ? field.getFullName() : field.getName())
                .collect(Collectors.toSet());
    }
}

package dev.finetide.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import dev.finetide.proto.training.v1.TrainingConfig;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// The definition of `FineTuneRun` names every setting of the contract with its type, and no other setting.
class FineTuneRunSchemaTest {
    private static final Path DEFINITION = Path.of("../k8s/components/finetunerun/crd.yaml");

    private static final String PROPERTIES = "                  properties:\n";

    @Test
    void itsSettingsAreThoseOfTheContract() throws IOException {
        assertThat(written(config(), "", new TreeMap<>()))
                .as("settings in %s, as TrainingConfig has them", DEFINITION.getFileName())
                .isEqualTo(expected(TrainingConfig.getDescriptor(), "", new TreeMap<>()));
    }

    /// `-Dfinetide.generated=write` writes them again after the schema has changed.
    @Test
    void itsDescriptionsAreThoseOfTheContract() throws IOException {
        String definition = Files.readString(DEFINITION);
        int begin = definition.indexOf(PROPERTIES, definition.indexOf("                config:")) + PROPERTIES.length();
        String written = definition.substring(0, begin)
                + FineTuneRunSchema.properties()
                + definition.substring(definition.indexOf("            status:", begin));
        if (System.getProperty("finetide.generated", "").equals("write")) {
            Files.writeString(DEFINITION, written);
        }
        assertThat(Files.readString(DEFINITION)).isEqualTo(written);
    }

    private static JSONSchemaProps config() throws IOException {
        try (InputStream yaml = Files.newInputStream(DEFINITION)) {
            return Serialization.unmarshal(yaml, CustomResourceDefinition.class)
                    .getSpec()
                    .getVersions()
                    .getFirst()
                    .getSchema()
                    .getOpenAPIV3Schema()
                    .getProperties()
                    .get("spec")
                    .getProperties()
                    .get("config");
        }
    }

    private static Map<String, String> written(JSONSchemaProps schema, String path, Map<String, String> types) {
        // The API server must keep unknown settings, so that the service can refuse them.
        assertThat(schema.getXKubernetesPreserveUnknownFields()).as(path).isTrue();
        schema.getProperties().forEach((name, property) -> {
            types.put(path + name, property.getType());
            if (property.getType().equals("object")) {
                written(property, path + name + ".", types);
            }
        });
        return types;
    }

    private static Map<String, String> expected(Descriptor message, String path, Map<String, String> types) {
        for (FieldDescriptor field : message.getFields()) {
            String name = path + field.getJsonName();
            types.put(name, FineTuneRunSchema.type(field));
            if (!field.isRepeated() && field.getJavaType() == JavaType.MESSAGE) {
                expected(field.getMessageType(), name + ".", types);
            }
        }
        return types;
    }
}

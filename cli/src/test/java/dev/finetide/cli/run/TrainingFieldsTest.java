package dev.finetide.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class TrainingFieldsTest {
    /// Checks that every setting of the service has an option.
    @Test
    void everySettingHasItsOption() {
        Set<String> fields = new TreeSet<>();
        addLeaves("config", TrainingConfig.getDescriptor(), fields);
        assertThat(TrainingFields.OPTION_BY_FIELD.keySet()).containsExactlyInAnyOrderElementsOf(fields);
        CommandLine create = new CommandLine(new RunCreateCommand());
        // One option names the count, the documents and the retriever of passages: "3:fused:in=NAME".
        assertThat(TrainingFields.OPTION_BY_FIELD.entrySet().stream()
                        .filter(field -> !field.getKey().startsWith("config.passages."))
                        .map(Map.Entry::getValue))
                .doesNotHaveDuplicates();
        assertThat(TrainingFields.OPTION_BY_FIELD.values()).allSatisfy(option -> {
            assertThat(create.getCommandSpec().findOption(option)).as(option).isNotNull();
            assertThat(create.getCommandSpec().findOption(option).description())
                    .as(option)
                    .isNotEmpty();
        });
    }

    private static void addLeaves(String path, Descriptor message, Set<String> fields) {
        for (FieldDescriptor field : message.getFields()) {
            String own = path + "." + field.getName();
            if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated()) {
                addLeaves(own, field.getMessageType(), fields);
            } else {
                fields.add(own);
            }
        }
    }
}

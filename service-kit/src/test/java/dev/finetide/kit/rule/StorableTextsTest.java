package dev.finetide.kit.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rpc.RequestRules;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Checks texts and sizes of every request of every service.
class StorableTextsTest {
    private static final RequestRules RULES = new RequestRules();

    /// A request in which one text alone holds a NUL, and the path of that text.
    private record Poisoned(String path, Message request) {}

    private static List<Poisoned> poisoned(Descriptor type, String path, int depth) {
        List<Poisoned> all = new ArrayList<>();
        for (FieldDescriptor field : type.getFields()) {
            String here = path + field.getName() + (field.isRepeated() ? "[0]" : "");
            if (field.getJavaType() == FieldDescriptor.JavaType.STRING) {
                all.add(new Poisoned(here, with(type, field, "a\0b")));
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth > 0) {
                poisoned(field.getMessageType(), here + ".", depth - 1)
                        .forEach(inner -> all.add(new Poisoned(inner.path(), with(type, field, inner.request()))));
            }
        }
        return all;
    }

    private static Message with(Descriptor type, FieldDescriptor field, Object value) {
        DynamicMessage.Builder builder = DynamicMessage.newBuilder(type);
        return field.isRepeated()
                ? builder.addRepeatedField(field, value).build()
                : builder.setField(field, value).build();
    }

    @Test
    void aNulInAnyTextOfAnyRequestIsRefusedByItsName() throws Exception {
        int texts = 0;
        for (Descriptor type : BoundedRequestsTest.requests()) {
            for (Poisoned poisoned : poisoned(type, "", 5)) {
                texts++;
                assertThatThrownBy(() -> RULES.check(poisoned.request()))
                        .as(type.getFullName() + " " + poisoned.path())
                        .isInstanceOfSatisfying(ApiException.class, refused -> {
                            assertThat(refused.reason()).isEqualTo(ErrorReason.INVALID_FIELD);
                            assertThat(refused.violations())
                                    .contains(new ApiException.FieldViolation(
                                            poisoned.path(), "expected a text without the character NUL"));
                        });
            }
        }
        assertThat(texts).as("texts of all requests").isGreaterThan(150);
    }

    @Test
    void aListOfLongTextsIsRefusedByTheSizeOfTheWholeRequest() {
        CreateTrainingRunRequest request = CreateTrainingRunRequest.newBuilder()
                .setParent("projects/default")
                .setConfig(TrainingConfig.newBuilder()
                        .setLora(LoraConfig.newBuilder()
                                .addAllTargetModules(Collections.nCopies(6_500, "model.layers.0.".repeat(10)))))
                .build();
        assertThatThrownBy(() -> RULES.check(request)).isInstanceOfSatisfying(ApiException.class, refused -> {
            assertThat(refused.reason()).isEqualTo(ErrorReason.RESOURCE_TOO_LARGE);
            assertThat(refused).hasMessageStartingWith("expected a request of at most 524,288 bytes, got 994,");
        });
    }

    /// Requests that are larger than others: parts of uploads, and one that names files without keeping the request.
    @Test
    void everyRequestHasASize() throws Exception {
        for (Descriptor type : BoundedRequestsTest.requests()) {
            int most = RequestSize.most(type);
            switch (type.getName()) {
                case "CreateDatasetVersionRequest", "UploadFileRequest", "UploadBlobRequest" ->
                    assertThat(most).isEqualTo((1 << 20) + (64 << 10));
                case "ImportDatasetVersionRequest" -> assertThat(most).isEqualTo(4 << 20);
                default -> assertThat(most).as(type.getFullName()).isEqualTo(512 << 10);
            }
        }
    }
}

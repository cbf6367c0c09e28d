package dev.finetide.kit.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import org.junit.jupiter.api.Test;

class RequestIdTest {
    private static final String ID = "0e4ab372-43f0-4d53-b2e8-2d5d0b3a9a01";
    private final CreateTrainingRunRequest request =
            CreateTrainingRunRequest.newBuilder().setParent("projects/default").build();

    @Test
    void anIdIsAUuidOrNothing() {
        assertThatCode(() -> RequestId.check("")).doesNotThrowAnyException();
        assertThatCode(() -> RequestId.check(ID)).doesNotThrowAnyException();
        assertThatThrownBy(() -> RequestId.check("my-run"))
                .isInstanceOf(ApiException.class)
                .hasMessage("request_id: expected a UUID or nothing, got another text");
    }

    @Test
    void theIdIsNoPartOfWhatIsAskedFor() {
        assertThat(RequestId.digest(request.toBuilder().setRequestId(ID).build()))
                .isEqualTo(RequestId.digest(request));
        assertThat(RequestId.digest(request.toBuilder().setParent("projects/p").build()))
                .isNotEqualTo(RequestId.digest(request));
        assertThat(RequestId.digest(request, "content")).isNotEqualTo(RequestId.digest(request));
    }

    @Test
    void anotherRequestUnderTheSameIdIsRefused() {
        Answered first = new Answered(RequestId.digest(request), "projects/default/trainingRuns/r");

        assertThatCode(() -> first.check(RequestId.digest(request), "projects/default"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> first.check("another", "projects/default"))
                .isInstanceOf(ApiException.class)
                .hasMessage("projects/default/trainingRuns/r was made by this request_id from another request");
    }

    @Test
    void aRequestInAnotherProjectDoesNotLearnWhoseIdItIs() {
        Answered first = new Answered(RequestId.digest(request), "projects/secret/trainingRuns/r");

        for (String parent : new String[] {"projects/default", "projects/secre", "projects/default/datasets/secret"}) {
            assertThatThrownBy(() -> first.check("another", parent))
                    .isInstanceOfSatisfying(ApiException.class, refused -> {
                        assertThat(refused.reason()).isEqualTo(ErrorReason.RESOURCE_EXISTS);
                        assertThat(refused.getMessage() + refused.metadata())
                                .doesNotContain("secret")
                                .doesNotContain("trainingRuns");
                    });
        }
    }
}

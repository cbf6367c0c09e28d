package dev.finetide.cli.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.model.v1.ModelVersion;
import org.junit.jupiter.api.Test;

class ReviewTest {
    private static ModelVersion.Builder version(ModelVersion.State state) {
        return ModelVersion.newBuilder()
                .setName("projects/default/models/tickets/versions/1")
                .setState(state);
    }

    @Test
    void anApprovalThatDoesNotDecideSaysWhatIsMissing() {
        assertThat(Review.result(version(ModelVersion.State.PENDING_APPROVAL)
                        .addReasons("looks fine")
                        .addReasons("approved by carol, one more reviewer is needed")
                        .build()))
                .isEqualTo("tickets@1 is pending approval: approved by carol, one more reviewer is needed");
        assertThat(Review.result(version(ModelVersion.State.APPROVED).build())).isEqualTo("tickets@1 is approved");
    }
}

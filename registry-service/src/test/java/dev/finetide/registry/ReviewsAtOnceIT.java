package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.Outbox;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import dev.finetide.proto.model.v1.ModelVersionStateChange;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import io.grpc.Context;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// Reviewers who decide at the same time, on a real database.
class ReviewsAtOnceIT {
    private static final int ROUNDS = 8;

    private final Database database = TestSchema.fresh();
    private int reviewers = 1;
    private final ModelRegistry registry = new ModelRegistry(
            new PostgresModelStore(database),
            new Outbox(database, Clock.systemUTC()),
            ApprovalPolicyTest.DEFAULT,
            _ -> new ReviewRules(true, reviewers),
            Clock.systemUTC());

    /// A decision of a reviewer.
    private interface Decision {
        ModelVersion make(ReviewModelVersionRequest request);
    }

    private String heldVersion(int round) throws Exception {
        registry.evaluated(Trained.evaluated(Trained.run(new InMemoryBlobStore(), "r" + round, "m"), 0.5, 0.5));
        return "projects/default/models/m/versions/" + round;
    }

    private Callable<ErrorReason> as(String reviewer, Decision decision, String version) {
        ReviewModelVersionRequest request = ReviewModelVersionRequest.newBuilder()
                .setName(version)
                .setReason("words of " + reviewer)
                .build();
        Context context = new Identity(reviewer, "test", Identity.Kind.USER, Map.of()).in(Context.current());
        return () -> context.call(() -> {
            try {
                decision.make(request);
                return ErrorReason.ERROR_REASON_UNSPECIFIED;
            } catch (ApiException refusal) {
                return refusal.reason();
            }
        });
    }

    private static List<ErrorReason> atOnce(List<Callable<ErrorReason>> decisions) throws Exception {
        List<ErrorReason> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(decisions.size())) {
            for (Future<ErrorReason> answer : threads.invokeAll(decisions)) {
                answers.add(answer.get());
            }
        }
        return answers;
    }

    @Test
    void ofAnApprovalAndARejectionOneWinsAndTheOtherIsTold() throws Exception {
        for (int round = 1; round <= ROUNDS; round++) {
            String version = heldVersion(round);
            List<ErrorReason> answers =
                    atOnce(List.of(as("alice", registry::approve, version), as("bob", registry::reject, version)));
            ModelVersion decided = registry.get(version);
            assertThat(decided.getState()).isIn(State.APPROVED, State.REJECTED);
            boolean approved = decided.getState() == State.APPROVED;
            assertThat(answers)
                    .containsExactly(
                            approved ? ErrorReason.ERROR_REASON_UNSPECIFIED : ErrorReason.ILLEGAL_STATE,
                            approved ? ErrorReason.ILLEGAL_STATE : ErrorReason.ERROR_REASON_UNSPECIFIED);
            assertThat(decided.getReasonsList()).containsExactly("words of " + (approved ? "alice" : "bob"));
        }
    }

    @Test
    void twoReviewersWhoApproveAtOnceAreTwo() throws Exception {
        reviewers = 2;
        for (int round = 1; round <= ROUNDS; round++) {
            String version = heldVersion(round);
            assertThat(atOnce(List.of(as("alice", registry::approve, version), as("bob", registry::approve, version))))
                    .containsOnly(ErrorReason.ERROR_REASON_UNSPECIFIED);
            ModelVersion approved = registry.get(version);
            assertThat(approved.getState()).isEqualTo(State.APPROVED);
            int changes = approved.getHistoryCount();
            assertThat(approved.getHistoryList().subList(changes - 2, changes))
                    .extracting(ModelVersionStateChange::getActor)
                    .containsExactlyInAnyOrder("alice", "bob");
        }
    }

    @Test
    void oneReviewerWhoApprovesTwiceAtOnceIsOne() throws Exception {
        reviewers = 2;
        for (int round = 1; round <= ROUNDS; round++) {
            String version = heldVersion(round);
            assertThat(atOnce(
                            List.of(as("alice", registry::approve, version), as("alice", registry::approve, version))))
                    .containsExactlyInAnyOrder(ErrorReason.ERROR_REASON_UNSPECIFIED, ErrorReason.PERMISSION_DENIED);
            assertThat(registry.get(version).getState()).isEqualTo(State.PENDING_APPROVAL);
        }
    }
}

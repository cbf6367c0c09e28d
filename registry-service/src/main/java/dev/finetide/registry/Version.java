package dev.finetide.registry;

import com.google.protobuf.util.Timestamps;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import dev.finetide.proto.model.v1.ModelVersionStateChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// The lifecycle of a model version. A transition is a method of the states from which it is legal,
/// and adds the change to the version's history.
///
/// ```
/// Registered → Evaluating ─┬→ Approved ⇄ Revoked
///      └───────────────────┼────↑
///                          └→ Pending → Rejected
/// ```
///
/// A version that was never approved can be deleted in each of its states.
sealed interface Version {
    /// A change of state: when, by whom, and why.
    ///
    /// @param reasons findings of the policy, or words of the reviewer
    record Change(Instant time, String actor, List<String> reasons) {}

    /// Returns the version as clients see it.
    ModelVersion resource();

    /// State of a version that was never approved.
    sealed interface NeverApproved extends Version {
        default Deleted delete(Change change) {
            return new Deleted(changed(
                    resource().toBuilder()
                            .setDeleteTime(Timestamps.fromMillis(change.time().toEpochMilli())),
                    State.DELETED,
                    change));
        }
    }

    /// State before the decision: the evaluation has not ended.
    sealed interface Undecided extends NeverApproved {
        default Approved approve(String evaluation, EvaluationReport report, Change change) {
            return new Approved(changed(evaluated(this, evaluation, report), State.APPROVED, change));
        }

        default Pending hold(String evaluation, EvaluationReport report, Change change) {
            return new Pending(changed(evaluated(this, evaluation, report), State.PENDING_APPROVAL, change));
        }

        /// Holds the version after an evaluation that ended without a report.
        default Pending hold(String evaluation, Change change) {
            return new Pending(changed(evaluatedBy(this, evaluation), State.PENDING_APPROVAL, change));
        }
    }

    record Registered(ModelVersion resource) implements Undecided {
        Evaluating evaluate(String evaluation, Change change) {
            return new Evaluating(changed(evaluatedBy(this, evaluation), State.EVALUATING, change));
        }
    }

    record Evaluating(ModelVersion resource) implements Undecided {}

    /// State in which a reviewer may approve the version.
    sealed interface Reviewable extends Version {
        /// Keeps an approval of a version that needs another one.
        default Version approveFirst(Change change) {
            List<String> reasons = new ArrayList<>(change.reasons());
            reasons.add("approved by " + change.actor() + ", one more reviewer is needed");
            return Version.of(changed(
                    resource().toBuilder().addApprovals(change.actor()),
                    resource().getState(),
                    new Change(change.time(), change.actor(), reasons)));
        }

        default Approved approve(Change change) {
            return new Approved(changed(resource().toBuilder(), State.APPROVED, change));
        }
    }

    /// State of a held version, which waits for a reviewer.
    record Pending(ModelVersion resource) implements NeverApproved, Reviewable {
        Rejected reject(Change change) {
            return new Rejected(changed(resource.toBuilder(), State.REJECTED, change));
        }
    }

    /// State of an approved version, which is served.
    record Approved(ModelVersion resource) implements Version {
        Revoked revoke(Change change) {
            return new Revoked(changed(resource.toBuilder().clearApprovals(), State.REVOKED, change));
        }
    }

    record Rejected(ModelVersion resource) implements NeverApproved {}

    /// State of a tombstone.
    record Deleted(ModelVersion resource) implements Version {}

    /// State of a version whose approval was taken back. A revocation by mistake can be undone, by as
    /// many reviewers as an approval needs.
    record Revoked(ModelVersion resource) implements Reviewable {}

    /// Registers a version.
    ///
    /// @param resource version with name, files and origin, but no state yet
    static Registered register(ModelVersion resource, Change change) {
        return new Registered(changed(
                resource.toBuilder()
                        .setCreateTime(Timestamps.fromMillis(change.time().toEpochMilli())),
                State.REGISTERED,
                change));
    }

    /// Reads a version from the store's form.
    static Version of(ModelVersion resource) {
        return switch (resource.getState()) {
            case REGISTERED -> new Registered(resource);
            case EVALUATING -> new Evaluating(resource);
            case PENDING_APPROVAL -> new Pending(resource);
            case APPROVED -> new Approved(resource);
            case REJECTED -> new Rejected(resource);
            case REVOKED -> new Revoked(resource);
            case DELETED -> new Deleted(resource);
            case STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException(resource.getName() + " has no state");
        };
    }

    private static ModelVersion.Builder evaluatedBy(Version version, String evaluation) {
        return version.resource().toBuilder().setEvaluation(evaluation);
    }

    private static ModelVersion.Builder evaluated(Version version, String evaluation, EvaluationReport report) {
        return evaluatedBy(version, evaluation).setReport(report);
    }

    private static ModelVersion changed(ModelVersion.Builder resource, State state, Change change) {
        return resource.setState(state)
                .clearReasons()
                .addAllReasons(change.reasons())
                .addHistory(ModelVersionStateChange.newBuilder()
                        .setState(state)
                        .setTime(Timestamps.fromMillis(change.time().toEpochMilli()))
                        .setActor(change.actor())
                        .setCause(String.join("; ", change.reasons())))
                .setUpdateTime(Timestamps.fromMillis(change.time().toEpochMilli()))
                .setEtag(Integer.toString(resource.getHistoryCount()))
                .build();
    }
}

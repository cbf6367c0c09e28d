package dev.finetide.registry;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.project.v1.ReviewSettings;

/// Says who may approve a version.
///
/// @param ownAllowed whether the submitter of the run may approve its version
/// @param reviewers  number of reviewers who must approve, 1 or 2
record ReviewRules(boolean ownAllowed, int reviewers) {
    /// One reviewer, who may be the submitter: for an installation with one user.
    static final ReviewRules NONE = new ReviewRules(true, 1);

    ReviewRules {
        if (reviewers < 1 || reviewers > 2) {
            throw new IllegalArgumentException("registry.approval.reviewers: expected 1 or 2, got " + reviewers);
        }
    }

    /// Returns the rules of a project, which are these where it says nothing else.
    ReviewRules within(ReviewSettings project) {
        return new ReviewRules(
                project.hasOwnApproval() ? project.getOwnApproval() : ownAllowed,
                project.getReviewers() == 0 ? reviewers : project.getReviewers());
    }

    /// @throws ApiException PERMISSION_DENIED if this person may not approve this version
    void check(ModelVersion version, String reviewer) {
        if (!ownAllowed && reviewer.equals(version.getSubmitter())) {
            throw denied(
                    reviewer + " has submitted the run of " + version.getName() + ": another reviewer must approve");
        }
        if (version.getApprovalsList().contains(reviewer) && !isLast(version, reviewer)) {
            throw denied(reviewer + " has approved " + version.getName() + " already: another reviewer must, too");
        }
    }

    private static ApiException denied(String problem) {
        return ApiException.of(ErrorReason.PERMISSION_DENIED, problem, "needs", "another reviewer");
    }

    /// Returns whether the approval of this person is enough, with those that the version has.
    boolean isLast(ModelVersion version, String reviewer) {
        long others = version.getApprovalsList().stream()
                .filter(other -> !other.equals(reviewer) && (ownAllowed || !other.equals(version.getSubmitter())))
                .distinct()
                .count();
        return others + 1 >= reviewers;
    }
}

package dev.finetide.cli.project;

import dev.finetide.cli.output.MemorySize;
import dev.finetide.proto.project.v1.ProjectLimits;
import dev.finetide.proto.project.v1.ReviewSettings;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/// Options of a project's rules and limits. What is not given stays as it is.
final class ProjectOptions {
    @Option(
            names = "--reviewers",
            paramLabel = "N",
            description =
                    "Reviewers who must approve a version that the policy holds, 1 or 2; 0: the services' setting.")
    private Integer reviewers;

    @ArgGroup
    private OwnApproval ownApproval;

    /// Says who decides whether the submitter of a run may approve its version.
    private static final class OwnApproval {
        @Option(
                names = "--own-approval",
                negatable = true,
                description = "Who submitted a run may, or may not, approve its version.")
        private Boolean own;

        @Option(
                names = "--default-own-approval",
                description = "Takes that rule back: the services' setting decides again.")
        private boolean asSet;

        void apply(ReviewSettings.Builder rules) {
            if (asSet) {
                rules.clearOwnApproval();
            } else {
                rules.setOwnApproval(own);
            }
        }
    }

    @Option(
            names = "--max-queued-runs",
            paramLabel = "N",
            description = "Most runs and evaluations that wait for a worker; 0 here and below: the services' setting.")
    private Integer queuedRuns;

    @Option(
            names = "--max-parallel-uploads",
            paramLabel = "N",
            description = "Most uploads at the same time, in each process of a service.")
    private Integer parallelUploads;

    @Option(
            names = "--max-parallel-streams",
            paramLabel = "N",
            description = "Most watches and downloads at the same time, in each process of a service.")
    private Integer parallelStreams;

    @Option(
            names = "--max-dataset-bytes",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "Most bytes of datasets: 500GB, 2TiB.")
    private Long datasetBytes;

    @Option(
            names = "--max-base-bytes",
            paramLabel = "SIZE",
            converter = MemorySize.class,
            description = "Most bytes of base models.")
    private Long baseBytes;

    /// Returns the option of each field of a request.
    static Map<String, String> optionByField() {
        return Map.of(
                "review.reviewers", "--reviewers",
                "review.own_approval", "--own-approval",
                "limits.queued_runs", "--max-queued-runs",
                "limits.parallel_uploads", "--max-parallel-uploads",
                "limits.parallel_streams", "--max-parallel-streams",
                "limits.dataset_bytes", "--max-dataset-bytes",
                "limits.base_bytes", "--max-base-bytes");
    }

    boolean areGiven() {
        return givesRules() || givesLimits();
    }

    private boolean givesRules() {
        return reviewers != null || ownApproval != null;
    }

    private boolean givesLimits() {
        return queuedRuns != null
                || parallelUploads != null
                || parallelStreams != null
                || datasetBytes != null
                || baseBytes != null;
    }

    /// Returns the rules after these options; empty if no option says one.
    Optional<ReviewSettings> rules(ReviewSettings before) {
        if (!givesRules()) {
            return Optional.empty();
        }
        ReviewSettings.Builder rules = before.toBuilder();
        Optional.ofNullable(reviewers).ifPresent(rules::setReviewers);
        Optional.ofNullable(ownApproval).ifPresent(choice -> choice.apply(rules));
        return Optional.of(rules.build());
    }

    /// Returns the limits after these options; empty if no option says one.
    Optional<ProjectLimits> limits(ProjectLimits before) {
        if (!givesLimits()) {
            return Optional.empty();
        }
        ProjectLimits.Builder limits = before.toBuilder();
        Optional.ofNullable(queuedRuns).ifPresent(limits::setQueuedRuns);
        Optional.ofNullable(parallelUploads).ifPresent(limits::setParallelUploads);
        Optional.ofNullable(parallelStreams).ifPresent(limits::setParallelStreams);
        Optional.ofNullable(datasetBytes).ifPresent(limits::setDatasetBytes);
        Optional.ofNullable(baseBytes).ifPresent(limits::setBaseBytes);
        return Optional.of(limits.build());
    }
}

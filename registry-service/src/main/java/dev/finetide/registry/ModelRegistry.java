package dev.finetide.registry;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.work.EventProject;
import dev.finetide.kit.work.WrittenFiles;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.model.v1.DeleteModelVersionRequest;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ReviewModelVersionRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.work.v1.State;
import dev.finetide.registry.ApprovalPolicy.Verdict;
import dev.finetide.registry.Version.Approved;
import dev.finetide.registry.Version.Change;
import dev.finetide.registry.Version.Pending;
import dev.finetide.registry.Version.Registered;
import dev.finetide.registry.Version.Reviewable;
import dev.finetide.registry.Version.Revoked;
import dev.finetide.registry.Version.Undecided;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jboss.logging.Logger;

/// Keeps the versions of trained models. A version is registered when its run has succeeded,
/// evaluated, approved by the policy or by a reviewer, and served while it is approved. Each change
/// and its event are one transaction, and each method may be called again with the same event.
/// Thread-safe.
public final class ModelRegistry {
    private static final Logger LOG = Logger.getLogger(ModelRegistry.class);
    private static final String ALTERNATIVES = ", \"latest\" or \"approved\"";
    private static final String REGISTRY = "registry-service";
    private static final String POLICY = "policy";

    private final ModelStore store;
    private final EventPublisher publisher;
    private final ApprovalPolicy policy;
    private final Function<String, ReviewRules> reviews;
    private final Clock clock;

    /// @param reviews rules of a project, by its name
    ModelRegistry(
            ModelStore store,
            EventPublisher publisher,
            ApprovalPolicy policy,
            Function<String, ReviewRules> reviews,
            Clock clock) {
        this.store = store;
        this.publisher = publisher;
        this.policy = policy;
        this.reviews = reviews;
        this.clock = clock;
    }

    /// Registers the model of a run. A run has one version, however often this is called.
    ///
    /// @throws IllegalArgumentException if the run names something of another project, or its output does not fit
    public ModelVersion register(TrainingRun run) {
        EventProject.of(run);
        return store.transact(() -> {
            Optional<ModelVersion> known = store.lockOfRun(run.getName());
            if (known.isPresent()) {
                return known.get();
            }
            int latest = store.lock(run.getConfig().getModel());
            // Another transaction may have registered the version while this one waited for the model's
            // lock.
            return store.lockOfRun(run.getName()).orElseGet(() -> add(run, latest + 1));
        });
    }

    /// Notes that the evaluation was requested or has started. An evaluation that belongs to no run
    /// concerns no version.
    public void evaluating(Evaluation evaluation) {
        EventProject.of(evaluation);
        if (!evaluation.hasTrainingRun()) {
            return;
        }
        store.transact(() -> {
            if (versionOf(evaluation) instanceof Registered registered) {
                save(registered.evaluate(evaluation.getName(), change(REGISTRY, "evaluation " + evaluation.getName())));
            }
            return null;
        });
    }

    /// Lets the policy decide on the evaluation's report: it approves the version, or holds it for
    /// a reviewer. The model stays locked meanwhile, so that of two decisions at once the second
    /// sees the first.
    public void evaluated(Evaluation evaluation) {
        EventProject.of(evaluation);
        if (!evaluation.hasTrainingRun()) {
            return;
        }
        String model = evaluation.getTrainingRun().getConfig().getModel();
        store.transact(() -> {
            store.lock(model);
            if (versionOf(evaluation) instanceof Undecided undecided) {
                Optional<String> approved = store.latestApproved(model).map(ModelVersion::getName);
                Verdict verdict = policy.judge(evaluation, approved);
                Change change = new Change(clock.instant(), POLICY, verdict.reasons());
                save(
                        verdict.approved()
                                ? undecided.approve(evaluation.getName(), evaluation.getReport(), change)
                                : undecided.hold(evaluation.getName(), evaluation.getReport(), change));
            }
            return null;
        });
    }

    /// Holds the version for a reviewer, because its evaluation has ended without a report.
    public void notEvaluated(Evaluation evaluation) {
        EventProject.of(evaluation);
        if (!evaluation.hasTrainingRun()) {
            return;
        }
        store.transact(() -> {
            if (versionOf(evaluation) instanceof Undecided undecided) {
                String reason = evaluation.getState() == State.CANCELLED
                        ? "the evaluation was cancelled"
                        : "the evaluation failed: " + evaluation.getError().getReason();
                save(undecided.hold(evaluation.getName(), change(POLICY, reason)));
            }
            return null;
        });
    }

    /// Returns a version.
    ///
    /// @param name resource name with a number, "latest" or "approved"
    public ModelVersion get(String name) {
        List<String> ids = ResourceType.MODEL_VERSION.ids("name", name);
        String model = ResourceType.MODEL.name(ids.get(0), ids.get(1));
        Optional<ModelVersion> version = switch (ids.get(2)) {
            case "latest" -> store.latest(model);
            case "approved" -> store.latestApproved(model);
            default -> store.find(model, ResourceType.versionNumber(ids.get(2), ALTERNATIVES));
        };
        return version.orElseThrow(() -> ApiException.notFound(name));
    }

    /// Lists versions, newest first, with one more than the page's size if there are more.
    ///
    /// @param parent      name of a model, or `projects/{project}/models/-` for all
    /// @param trainingRun name of the run that made the versions, or empty for all
    List<ModelStore.Listed> list(String parent, String trainingRun, Page page) {
        if (page.after().filter(after -> !after.matches("[0-9]{1,18}")).isPresent()) {
            throw ApiException.invalidField("page_token", "is not a token this list gave");
        }
        String all = "/models/-";
        if (parent.endsWith(all)) {
            String project = parent.substring(0, parent.length() - all.length());
            ResourceType.PROJECT.check("parent", project);
            return store.list(project + "/models/", trainingRun, page);
        }
        return store.list(ResourceType.MODEL.check("parent", parent), trainingRun, page);
    }

    /// Approves a version that was held, or, with a reason, one that was revoked. If the version is
    /// approved already, nothing changes. Where two reviewers are needed, the version keeps the first
    /// approval. The project's rules of now count.
    ///
    /// @throws ApiException PERMISSION_DENIED if another reviewer must approve
    public ModelVersion approve(ReviewModelVersionRequest request) {
        return review(request, "approve", (version, change) -> switch (version) {
            case Pending pending -> Optional.of(approved(pending, change));
            case Approved approved -> Optional.of(approved);
            case Revoked revoked -> {
                requireReason(request);
                yield Optional.of(approved(revoked, change));
            }
            default -> Optional.empty();
        });
    }

    private Version approved(Reviewable version, Change change) {
        String name = version.resource().getName();
        String project = ResourceType.MODEL_VERSION.ids("name", name).getFirst();
        ReviewRules rules = reviews.apply(ResourceType.PROJECT.name(project));
        rules.check(version.resource(), change.actor());
        return rules.isLast(version.resource(), change.actor())
                ? version.approve(change)
                : version.approveFirst(change);
    }

    public ModelVersion reject(ReviewModelVersionRequest request) {
        requireReason(request);
        return review(
                request,
                "reject",
                (version, change) ->
                        version instanceof Pending pending ? Optional.of(pending.reject(change)) : Optional.empty());
    }

    /// Stops serving a version, at once.
    public ModelVersion revoke(ReviewModelVersionRequest request) {
        requireReason(request);
        return review(
                request,
                "revoke",
                (version, change) ->
                        version instanceof Approved approved ? Optional.of(approved.revoke(change)) : Optional.empty());
    }

    /// Deletes a version that was never approved. A deleted version stays as it is.
    public ModelVersion delete(DeleteModelVersionRequest request) {
        ReviewModelVersionRequest review = ReviewModelVersionRequest.newBuilder()
                .setName(request.getName())
                .setEtag(request.getEtag())
                .build();
        return review(review, "delete", (version, change) -> switch (version) {
            case Version.NeverApproved unapproved -> Optional.of(unapproved.delete(change));
            case Version.Deleted deleted -> Optional.of(deleted);
            case Approved _, Revoked _ -> Optional.empty();
        });
    }

    /// Returns a file that may be served now.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND, or NOT_APPROVED for a version in any other state
    public BlobFile servedFile(String name, String path) {
        ModelVersion version = get(name);
        if (version.getState() != ModelVersion.State.APPROVED) {
            throw ApiException.of(
                    ErrorReason.NOT_APPROVED,
                    version.getName() + " is " + version.getState() + ", only approved versions are served",
                    "resource",
                    version.getName(),
                    "state",
                    version.getState().name());
        }
        return version.getFilesList().stream()
                .filter(file -> file.getPath().equals(path))
                .findFirst()
                .orElseThrow(() -> ApiException.notFound(version.getName() + " file " + Printable.of(path)));
    }

    private ModelVersion add(TrainingRun run, int number) {
        List<BlobFile> files = run.getOutput().getFilesList();
        FileNames.check(files);
        WrittenFiles.requireOutput(run);
        List<String> ids = ResourceType.MODEL.ids("model", run.getConfig().getModel());
        ModelVersion.Builder version = ModelVersion.newBuilder()
                .setName(ResourceType.MODEL_VERSION.name(ids.get(0), ids.get(1), number))
                .setKind(run.getOutput().getKind())
                .addAllFiles(files)
                .setDigest(run.getOutput().getDigest())
                .setTrainingRun(run.getName())
                .setDatasetVersion(run.getDatasetVersion().getName())
                .setBase(run.getBase().getName())
                .setBaseDigest(run.getBase().getDigest())
                .setTemplateDigest(run.getBase().getTemplateDigest())
                .setSubmitter(submitter(run));
        if (run.getConfig().getPassages().getCount() > 0) {
            version.setPassages(run.getConfig().getPassages());
        }
        Registered registered = Version.register(version.build(), change(REGISTRY, run.getName() + " succeeded"));
        store.add(run.getConfig().getModel(), number, registered.resource());
        announce(registered);
        return registered.resource();
    }

    private static String submitter(TrainingRun run) {
        String creator = run.getHistoryCount() > 0 ? run.getHistory(0).getActor() : "";
        return run.getSubmitter().isEmpty() ? creator : run.getSubmitter();
    }

    /// Returns the version of an evaluation. The evaluation's event may arrive before the run's
    /// event, but it contains the run, so the version can always be registered.
    private Version versionOf(Evaluation evaluation) {
        return Version.of(register(evaluation.getTrainingRun()));
    }

    private ModelVersion review(
            ReviewModelVersionRequest request, String verb, BiFunction<Version, Change, Optional<Version>> transition) {
        List<String> ids = ResourceType.MODEL_VERSION.ids("name", request.getName());
        String actor = Identity.actor("user");
        String reason = request.getReason().isBlank() ? verb + "d by " + actor : request.getReason();
        return store.transact(() -> {
            ModelVersion stored = store.lock(
                            ResourceType.MODEL.name(ids.get(0), ids.get(1)),
                            ResourceType.versionNumber(ids.get(2), ALTERNATIVES))
                    .orElseThrow(() -> ApiException.notFound(request.getName()));
            ApiException.checkEtag(stored.getName(), request.getEtag(), stored.getEtag());
            Version next = transition
                    .apply(Version.of(stored), change(actor, reason))
                    .orElseThrow(() -> ApiException.illegalState(
                            stored.getName(), stored.getState().name(), verb));
            if (!next.resource().equals(stored)) {
                save(next);
            }
            return next.resource();
        });
    }

    private static void requireReason(ReviewModelVersionRequest request) {
        if (request.getReason().isBlank()) {
            throw ApiException.invalidField("reason", "is required");
        }
    }

    private void save(Version version) {
        store.update(version.resource());
        announce(version);
    }

    private void announce(Version version) {
        ModelVersion resource = version.resource();
        publisher.publish(Topics.MODEL, resource.getName(), event(version));
        LOG.infof("model version changed version=%s state=%s", resource.getName(), resource.getState());
    }

    private static ModelEvent event(Version version) {
        ModelEvent.Builder event = ModelEvent.newBuilder();
        switch (version) {
            case Registered now -> event.getModelVersionRegisteredBuilder().setModelVersion(now.resource());
            case Version.Evaluating now ->
                event.getModelVersionEvaluatingBuilder().setModelVersion(now.resource());
            case Pending now -> event.getModelVersionHeldBuilder().setModelVersion(now.resource());
            case Approved now -> event.getModelVersionApprovedBuilder().setModelVersion(now.resource());
            case Version.Rejected now -> event.getModelVersionRejectedBuilder().setModelVersion(now.resource());
            case Version.Deleted now -> event.getModelVersionDeletedBuilder().setModelVersion(now.resource());
            case Version.Revoked now -> event.getModelVersionRevokedBuilder().setModelVersion(now.resource());
        }
        return event.build();
    }

    private Change change(String actor, String reason) {
        return new Change(clock.instant(), actor, List.of(reason));
    }
}

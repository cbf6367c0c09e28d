package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceId;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.kit.rule.BehaviourRules;
import dev.finetide.kit.rule.DocumentArms;
import dev.finetide.kit.rule.DocumentRules;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdvicePhase;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.AdviceSpec;
import dev.finetide.proto.evaluation.v1.CancelAdviceRequest;
import dev.finetide.proto.evaluation.v1.CreateAdviceRequest;
import dev.finetide.proto.evaluation.v1.ListAdviceRequest;
import dev.finetide.proto.evaluation.v1.ListAdviceResponse;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.work.v1.State;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.work.v1.WorkReason;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/// Keeps advice: which path is right for a dataset and a base. Each tick takes every advice that
/// goes on one step further ([AdviceSteps]), so that it survives restarts. A step that another
/// service cannot answer, or that is more than the project may have now, is tried again.
public final class Advisor implements Ticker.Task {
    private static final Logger LOG = Logger.getLogger(Advisor.class);

    private final AdviceStore store;
    private final Catalog catalog;
    private final AdviceSteps steps;
    private final Limits limits;
    private final Clock clock;

    Advisor(AdviceStore store, Catalog catalog, AdviceSteps steps, Limits limits, Clock clock) {
        this.store = store;
        this.catalog = catalog;
        this.steps = steps;
        this.limits = limits;
        this.clock = clock;
    }

    /// Returns a request with the numbers of the dataset versions that its arms and probes name.
    private AdviceSpec.Builder resolved(AdviceSpec spec) {
        AdviceSpec.Builder resolved = spec.toBuilder();
        if (spec.getEvaluation().getArmsCount() > 0) {
            DocumentArms documents = DocumentArms.of(
                    "spec.evaluation.arms", spec.getEvaluation().getArmsList(), catalog::datasetVersion);
            resolved.getEvaluationBuilder().clearArms().addAllArms(documents.arms());
        }
        if (spec.getEvaluation().hasBehaviour()) {
            resolved.getEvaluationBuilder()
                    .setBehaviour(BehaviourRules.resolve(
                                    "spec.evaluation.behaviour",
                                    spec.getEvaluation().getBehaviour(),
                                    catalog::datasetVersion)
                            .config());
        }
        return resolved;
    }

    /// Creates advice.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, RESOURCE_EXISTS, QUOTA_EXCEEDED,
    ///     DEPENDENCY_UNAVAILABLE
    Advice create(CreateAdviceRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        RequestId.check(request.getRequestId());
        Optional<Advice> before = store.answered(request.getRequestId()).map(first -> same(first, request));
        if (before.isPresent()) {
            return before.get();
        }
        AdviceRules.check(project, request.getSpec());
        DatasetVersion version = catalog.datasetVersion(request.getSpec().getDatasetVersion());
        DocumentRules.refusal("spec.dataset_version", version).ifPresent(refusal -> {
            throw ApiException.invalidFields(List.of(refusal));
        });
        if (version.getTestRows() == 0) {
            throw ApiException.invalidField(
                    "spec.dataset_version",
                    "expected a version with test rows, on which paths can be compared, got " + version.getName());
        }
        if (version.getRowFormat() == RowFormat.TEXT) {
            throw ApiException.invalidField(
                    "spec.dataset_version",
                    "expected rows with questions and answers, got " + version.getName()
                            + ", whose rows are all text: only training can learn from them");
        }
        Instant now = clock.instant();
        Advice.Builder advice = Advice.newBuilder()
                .setName(ResourceType.ADVICE.name(project, ResourceId.next("advice", now)))
                .setSpec(resolved(request.getSpec()).setDatasetVersion(version.getName()))
                .setState(State.RUNNING)
                .setPhase(AdvicePhase.UNTRAINED)
                .setDoing("the base is asked without training")
                .setDatasetVersion(version)
                .setBase(catalog.base(request.getSpec().getBase()))
                .setSubmitter(Identity.actor("user"))
                .setCreateTime(Times.timestamp(now))
                .setUpdateTime(Times.timestamp(now));
        List<Method> methods = request.getSpec().getMethodsCount() == 0
                ? List.of(Method.LORA)
                : request.getSpec().getMethodsList();
        methods.forEach(method -> advice.addRuns(AdviceRun.newBuilder().setMethod(method)));
        return store.transact(() -> {
            if (!request.getRequestId().isEmpty()) {
                Optional<Answered> first =
                        store.answer(request.getRequestId(), new Answered(RequestId.digest(request), advice.getName()));
                if (first.isPresent()) {
                    return same(first.get(), request);
                }
            }
            limits.checkOneMore(Limit.QUEUED_RUNS, project, store.countRunning(project), "advice that goes on");
            store.insert(advice.build());
            return advice.build();
        });
    }

    private Advice same(Answered first, CreateAdviceRequest request) {
        first.check(RequestId.digest(request), request.getParent());
        return get(first.resource());
    }

    Advice get(String name) {
        return store.find(ResourceType.ADVICE.check("name", name)).orElseThrow(() -> ApiException.notFound(name));
    }

    ListAdviceResponse list(ListAdviceRequest request) {
        String project = ResourceType.PROJECT.ids("parent", request.getParent()).getFirst();
        Page page = Page.of(request.getPageSize(), request.getPageToken());
        Page.Rows<Advice> all = page.fit(store.list(project, page), Advice::getSerializedSize);
        return ListAdviceResponse.newBuilder()
                .addAllAdvice(all.shown())
                .setNextPageToken(all.nextToken(advice ->
                        ResourceType.ADVICE.ids("name", advice.getName()).get(1)))
                .build();
    }

    /// Cancels advice, and whatever it has begun and that goes on.
    Advice cancel(CancelAdviceRequest request) {
        Advice cancelled = store.transact(() -> {
            Advice advice = store.lock(ResourceType.ADVICE.check("name", request.getName()))
                    .orElseThrow(() -> ApiException.notFound(request.getName()));
            return switch (advice.getState()) {
                case RUNNING ->
                    save(advice.toBuilder().setState(State.CANCELLED).setDoing("cancelled"));
                case CANCELLED -> advice;
                default ->
                    throw ApiException.illegalState(
                            advice.getName(), advice.getState().name(), "cancel");
            };
        });
        steps.stop(cancelled);
        return cancelled;
    }

    @Override
    public void takeOver() {}

    @Override
    public void tick() {
        store.running().forEach(this::advance);
    }

    /// Takes the advice a step further. The step's calls are made outside of a transaction and may
    /// be made again.
    private void advance(Advice advice) {
        Advice next;
        try {
            next = steps.next(advice);
        } catch (ApiException failure) {
            if (failure.reason() == ErrorReason.DEPENDENCY_UNAVAILABLE) {
                LOG.debugf("advice waits resource=%s: %s", advice.getName(), failure.getMessage());
                return;
            }
            next = failure.reason() == ErrorReason.QUOTA_EXCEEDED
                    ? advice.toBuilder()
                            .setDoing("waits: " + failure.getMessage())
                            .build()
                    : AdviceSteps.failed(advice, WorkReason.BAD_CONFIGURATION, failure.getMessage());
        }
        if (!next.equals(advice)) {
            store(advice, next);
        }
    }

    private void store(Advice before, Advice next) {
        store.transact(() -> {
            boolean unchanged =
                    store.lock(before.getName()).filter(before::equals).isPresent();
            if (unchanged) {
                save(next.toBuilder());
            }
            return null;
        });
    }

    private Advice save(Advice.Builder advice) {
        boolean ended = advice.getState() != State.RUNNING;
        if (ended) {
            advice.setPhase(AdvicePhase.ENDED);
        }
        Advice saved = advice.setUpdateTime(Times.timestamp(clock.instant())).build();
        store.update(saved);
        if (ended) {
            LOG.infof("advice ended resource=%s state=%s", saved.getName(), saved.getState());
        }
        return saved;
    }

    /// Makes the error of advice that has failed.
    static WorkError error(WorkReason reason, String message) {
        return WorkError.newBuilder().setReason(reason).setMessage(message).build();
    }
}

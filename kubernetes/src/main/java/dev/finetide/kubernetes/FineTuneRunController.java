package dev.finetide.kubernetes;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// `FineTuneRun` objects as training runs: one run an object, its state and loss in the object's status, cancelled when
/// the object is deleted. What it does follows from the objects (kept by an informer) and the runs alone, so it may be
/// interrupted anywhere and forgets nothing: the run of an object is found by a request id that namespace, name and uid
/// decide. Only the replica whose [Ticker] leads does anything.
public final class FineTuneRunController implements Ticker.Work, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(FineTuneRunController.class);
    private static final String FINALIZER = "finetide.dev/cancel";
    private static final Duration RESYNC = Duration.ofMinutes(1);
    private static final int CONFLICT = 409;

    /// Between two reports of progress of one run: a status is not a log.
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(5);

    /// What was refused may be right later, when its dataset or its base is there.
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    private static final ResourceDefinitionContext KIND = new ResourceDefinitionContext.Builder()
            .withGroup("finetide.dev")
            .withVersion("v1alpha1")
            .withKind("FineTuneRun")
            .withPlural("finetuneruns")
            .withNamespaced(true)
            .build();

    /// The service's runs.
    public interface Runs {
        /// @throws ApiException as the service refuses it
        TrainingRun create(CreateTrainingRunRequest request);

        /// The run that this request made.
        Optional<TrainingRun> of(String requestId);

        void cancel(String run);
    }

    private final KubernetesClient client;
    private final String namespace;
    private final Runs runs;
    private final Clock clock;
    private final SharedIndexInformer<GenericKubernetesResource> objects;
    private final Map<String, Instant> told = new HashMap<>();
    private final Map<String, Instant> refused = new HashMap<>();

    /// Of the cluster that the environment names: a pod's own, or that of `KUBECONFIG`.
    public static FineTuneRunController start(ClusterSettings settings, Runs runs, Clock clock) {
        return new FineTuneRunController(
                KubernetesWorkerLauncher.client(Config.autoConfigure(null)), settings.namespace(), runs, clock);
    }

    /// Begins to watch, and does not wait for the cluster.
    ///
    /// @param client closed by this
    public FineTuneRunController(KubernetesClient client, String namespace, Runs runs, Clock clock) {
        this.client = client;
        this.namespace = namespace;
        this.runs = runs;
        this.clock = clock;
        objects = client.genericKubernetesResources(KIND).inNamespace(namespace).runnableInformer(RESYNC.toMillis());
        objects.exceptionHandler((started, failure) -> {
            LOG.warn("cluster cannot be watched resource=finetuneruns error=" + failure.getMessage());
            return true;
        });
        objects.start();
    }

    @Override
    public void takeOver() {
        told.clear();
        refused.clear();
    }

    @Override
    public void tick() {
        if (!objects.hasSynced()) {
            return;
        }
        List<GenericKubernetesResource> all = objects.getStore().list();
        for (GenericKubernetesResource object : all) {
            try {
                reconcile(object);
            } catch (KubernetesClientException e) {
                if (e.getCode() != CONFLICT) { // an object that has changed meanwhile is seen again
                    LOG.warnf(
                            "cluster refused finetunerun=%s error=%s",
                            name(object), ApiTrouble.of(e).message());
                }
            }
        }
        List<String> there = all.stream().map(FineTuneRunController::uid).toList();
        told.keySet().retainAll(there);
        refused.keySet().retainAll(there);
    }

    private void reconcile(GenericKubernetesResource object) {
        if (object.getMetadata().getDeletionTimestamp() != null) {
            leave(object);
        } else if (!FineTuneRunStatus.isFinal(object)) {
            if (!object.getMetadata().getFinalizers().contains(FINALIZER)) {
                List<String> finalizers = new ArrayList<>(object.getMetadata().getFinalizers());
                finalizers.add(FINALIZER);
                setFinalizers(object, finalizers);
            }
            runs.of(requestId(object)).ifPresentOrElse(run -> tell(object, run), () -> create(object));
        }
    }

    private void create(GenericKubernetesResource object) {
        Instant asked = refused.get(uid(object));
        if (asked != null && clock.instant().isBefore(asked.plus(ASK_AGAIN))) {
            return;
        }
        try {
            TrainingRun run = runs.create(request(object));
            LOG.infof("run created run=%s finetunerun=%s", run.getName(), name(object));
            tell(object, run);
        } catch (ApiException refusal) {
            refused.put(uid(object), clock.instant());
            put(object, FineTuneRunStatus.refused(object, refusal, clock.instant()));
        } catch (RuntimeException bug) {
            // One object must not keep the others waiting; a database that is away is nobody's fault.
            if (bug instanceof KubernetesClientException || Database.isUnavailable(bug)) {
                throw bug;
            }
            refused.put(uid(object), clock.instant());
            LOG.error("run cannot be created finetunerun=" + name(object), bug);
            ApiException told = ApiException.of(ErrorReason.INTERNAL_ERROR, "a bug, see training-service's log");
            put(object, FineTuneRunStatus.refused(object, told, clock.instant()));
        }
    }

    private static CreateTrainingRunRequest request(GenericKubernetesResource object) {
        CreateTrainingRunRequest.Builder request = CreateTrainingRunRequest.newBuilder();
        Object spec = Objects.requireNonNullElse(object.get("spec"), Map.of());
        try {
            JsonFormat.parser().merge(Serialization.asJson(spec), request);
        } catch (InvalidProtocolBufferException e) {
            throw ApiException.of(ErrorReason.UNKNOWN_SETTING, "spec: " + e.getMessage(), "field", "spec");
        }
        if (request.getParent().isEmpty()) {
            request.setParent("projects/default");
        }
        return request.setRequestId(requestId(object)).build();
    }

    private static String requestId(GenericKubernetesResource object) {
        return UUID.nameUUIDFromBytes((name(object) + "/" + uid(object)).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    /// The object stays until its run has ended.
    private void leave(GenericKubernetesResource object) {
        List<String> finalizers = new ArrayList<>(object.getMetadata().getFinalizers());
        if (!finalizers.remove(FINALIZER)) {
            return;
        }
        Optional<TrainingRun> run = runs.of(requestId(object)).filter(its -> !FineTuneRunStatus.hasEnded(its));
        if (run.isEmpty()) {
            setFinalizers(object, finalizers);
            return;
        }
        if (run.get().getState() != TrainingRun.State.CANCELLING) {
            runs.cancel(run.get().getName());
            LOG.infof(
                    "run cancelled with its object run=%s finetunerun=%s",
                    run.get().getName(), name(object));
        }
        tell(object, run.get());
    }

    private void tell(GenericKubernetesResource object, TrainingRun run) {
        Map<String, Object> status = FineTuneRunStatus.of(object, run, clock.instant());
        Instant last = told.getOrDefault(uid(object), Instant.EPOCH);
        boolean onlyProgress = FineTuneRunStatus.differOnlyInProgress(object, status);
        if (!onlyProgress || !clock.instant().isBefore(last.plus(PROGRESS_EVERY))) {
            put(object, status);
        }
    }

    private void put(GenericKubernetesResource object, Map<String, Object> status) {
        if (FineTuneRunStatus.differs(object, status)) {
            told.put(uid(object), clock.instant());
            handle(object).subresource("status").patch(merge(), Serialization.asJson(Map.of("status", status)));
        }
    }

    /// With the version that was seen: somebody else's finalizer is not lost.
    private void setFinalizers(GenericKubernetesResource object, List<String> finalizers) {
        ObjectMeta seen = object.getMetadata();
        Map<String, Object> metadata = Map.of("resourceVersion", seen.getResourceVersion(), "finalizers", finalizers);
        handle(object).patch(merge(), Serialization.asJson(Map.of("metadata", metadata)));
    }

    private static PatchContext merge() {
        return PatchContext.of(PatchType.JSON_MERGE);
    }

    private Resource<GenericKubernetesResource> handle(GenericKubernetesResource object) {
        return client.genericKubernetesResources(KIND)
                .inNamespace(namespace)
                .withName(object.getMetadata().getName());
    }

    private static String name(GenericKubernetesResource object) {
        return object.getMetadata().getNamespace() + "/" + object.getMetadata().getName();
    }

    private static String uid(GenericKubernetesResource object) {
        return object.getMetadata().getUid();
    }

    @Override
    public void close() {
        objects.stop();
        client.close();
    }
}

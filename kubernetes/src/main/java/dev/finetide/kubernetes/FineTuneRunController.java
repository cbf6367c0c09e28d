package dev.finetide.kubernetes;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.time.Moment;
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
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/// Makes one training run of each `FineTuneRun` object. The controller writes the run's state and loss to the object's
/// status, and cancels the run when the object is deleted. Only the replica whose [Ticker] leads does anything.
///
/// Every action follows from the objects, which an informer keeps, and from the runs. The controller may therefore be
/// interrupted anywhere. The run of an object is found by a request id that namespace, name and uid determine.
///
/// No finalizer keeps an object until its run has ended. Whoever deletes a namespace also deletes this service's rights
/// in it, and then nobody could remove the finalizer.
public final class FineTuneRunController implements Ticker.Task, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(FineTuneRunController.class);
    private static final Duration RESYNC = Duration.ofMinutes(1);
    private static final int CONFLICT = 409;

    /// Shortest time between two progress reports of one run: a status is not a log.
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(5);

    /// Time until a refused object is tried again: its dataset, its base or the service's rights may exist by then.
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    /// Time for which a deletion is remembered: by then, some replica has certainly cancelled the run.
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private static final ResourceDefinitionContext KIND = new ResourceDefinitionContext.Builder()
            .withGroup("finetide.dev")
            .withVersion("v1alpha1")
            .withKind("FineTuneRun")
            .withPlural("finetuneruns")
            .withNamespaced(true)
            .build();

    /// The training service's runs, as far as this controller needs them.
    public interface Runs {
        /// @param object id of the object that asks for the run
        /// @throws ApiException if the service refuses the run
        TrainingRun create(CreateTrainingRunRequest request, String object);

        /// Returns the run that this request made.
        Optional<TrainingRun> findByRequestId(String requestId);

        /// Returns the names of the runs that have not ended, by the id of their object.
        Map<String, String> activeByObject();

        void cancel(String run);
    }

    private final KubernetesClient client;
    private final String namespace;
    private final Runs runs;
    private final Clock clock;
    private final SharedIndexInformer<GenericKubernetesResource> objects;
    private final Map<String, Moment> lastReports = new HashMap<>();
    private final Map<String, Moment> refused = new HashMap<>();

    /// Ids of deleted objects, with the time of deletion. Where the service has lost its rights, nothing else proves a
    /// deletion.
    private final Map<String, Moment> deleted = new ConcurrentHashMap<>();

    /// Starts a controller for the cluster that the environment names: the pod's own, or that of `KUBECONFIG`.
    public static FineTuneRunController start(ClusterSettings settings, Runs runs, Clock clock) {
        return new FineTuneRunController(
                KubernetesWorkerLauncher.client(Config.autoConfigure(null)), settings.namespace(), runs, clock);
    }

    /// Starts to watch and does not wait for the cluster.
    ///
    /// @param client client of the cluster; the controller closes it
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
        objects.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(GenericKubernetesResource object) {}

            @Override
            public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {}

            @Override
            public void onDelete(GenericKubernetesResource object, boolean unseen) {
                Moment now = Moment.now();
                deleted.values().removeIf(time -> now.isAfter(time.plus(REMEMBERED)));
                if (!unseen) { // otherwise a list lacked the object, and the list may be older than the object
                    deleted.put(id(object), now);
                }
            }
        });
        objects.start();
    }

    @Override
    public void takeOver() {
        lastReports.clear();
        refused.clear();
    }

    @Override
    public void tick() {
        if (!objects.hasSynced()) {
            return;
        }
        List<GenericKubernetesResource> all = objects.getStore().list();
        all.forEach(object -> unlessJustRefused(id(object), () -> reconcile(object)));
        Set<String> ids = all.stream()
                .filter(object -> !isLeaving(object))
                .map(FineTuneRunController::id)
                .collect(Collectors.toSet());
        Map<String, String> open = runs.activeByObject();
        open.forEach((id, run) -> {
            if (id.startsWith(namespace + "/") && !ids.contains(id)) {
                unlessJustRefused(id, () -> cancelWithout(id, run));
            }
        });
        ids.addAll(open.keySet());
        lastReports.keySet().retainAll(ids);
        refused.keySet().retainAll(ids);
    }

    /// Does the work of one object, unless it was refused a moment ago. A failure must not keep other objects waiting.
    private void unlessJustRefused(String id, Runnable work) {
        Moment asked = refused.get(id);
        if (asked != null && asked.plus(ASK_AGAIN).isAfter(Moment.now())) {
            return;
        }
        try {
            work.run();
        } catch (ApiException meanwhile) {
            LOG.infof("nothing left to do finetunerun=%s reason=%s", id, meanwhile.reason());
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) { // the informer will show the newer version of the object
                refused.put(id, Moment.now());
                LOG.warnf(
                        "cluster refused finetunerun=%s error=%s",
                        id, ApiTrouble.of(e).message());
            }
        }
    }

    private void reconcile(GenericKubernetesResource object) {
        if (FineTuneRunStatus.isFinal(object)) {
            return;
        }
        Optional<TrainingRun> run = runs.findByRequestId(requestId(object));
        if (run.isPresent()) {
            reportRun(object, run.get());
        } else if (!isLeaving(object)) {
            create(object);
        }
    }

    /// Cancels a run if its object is certainly gone. An informer's list may be older than the object.
    private void cancelWithout(String id, String run) {
        if (deleted.containsKey(id) || isGone(id)) {
            runs.cancel(run);
            LOG.infof("run cancelled with its object run=%s finetunerun=%s", run, id);
        }
    }

    private boolean isGone(String id) {
        GenericKubernetesResource there = handle(id.split("/")[1]).get();
        return there == null || !id(there).equals(id) || isLeaving(there);
    }

    private void create(GenericKubernetesResource object) {
        try {
            TrainingRun run = runs.create(request(object), id(object));
            LOG.infof("run created run=%s finetunerun=%s", run.getName(), id(object));
            reportRun(object, run);
        } catch (ApiException refusal) {
            refused.put(id(object), Moment.now());
            writeStatus(object, FineTuneRunStatus.refused(object, refusal, clock.instant()));
        } catch (RuntimeException bug) {
            // One object must not keep the others waiting. An unreachable database is not the object's fault.
            if (bug instanceof KubernetesClientException || Database.isUnavailable(bug)) {
                throw bug;
            }
            refused.put(id(object), Moment.now());
            LOG.error("run cannot be created finetunerun=" + id(object), bug);
            ApiException refusal = ApiException.of(ErrorReason.INTERNAL_ERROR, "a bug, see training-service's log");
            writeStatus(object, FineTuneRunStatus.refused(object, refusal, clock.instant()));
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
        return UUID.nameUUIDFromBytes(id(object).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private void reportRun(GenericKubernetesResource object, TrainingRun run) {
        Map<String, Object> status = FineTuneRunStatus.of(object, run, clock.instant());
        Moment last = lastReports.get(id(object));
        boolean onlyProgress = FineTuneRunStatus.differOnlyInProgress(object, status);
        if (!onlyProgress || last == null || !last.plus(PROGRESS_EVERY).isAfter(Moment.now())) {
            writeStatus(object, status);
        }
    }

    private void writeStatus(GenericKubernetesResource object, Map<String, Object> status) {
        if (FineTuneRunStatus.differs(object, status)) {
            lastReports.put(id(object), Moment.now());
            handle(object.getMetadata().getName())
                    .subresource("status")
                    .patch(merge(), Serialization.asJson(Map.of("status", status)));
        }
    }

    private static PatchContext merge() {
        return PatchContext.of(PatchType.JSON_MERGE);
    }

    private Resource<GenericKubernetesResource> handle(String name) {
        return client.genericKubernetesResources(KIND).inNamespace(namespace).withName(name);
    }

    private static boolean isLeaving(GenericKubernetesResource object) {
        return object.getMetadata().getDeletionTimestamp() != null;
    }

    /// Returns `{namespace}/{name}/{uid}`. An object that is deleted and created again gets another uid.
    private static String id(GenericKubernetesResource object) {
        ObjectMeta its = object.getMetadata();
        return its.getNamespace() + "/" + its.getName() + "/" + its.getUid();
    }

    @Override
    public void close() {
        objects.stop();
        client.close();
    }
}

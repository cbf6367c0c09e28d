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
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
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

/// `FineTuneRun` objects as training runs: one run an object, its state and loss in the object's status, cancelled when
/// the object is deleted. What it does follows from the objects (kept by an informer) and the runs alone, so it may be
/// interrupted anywhere and forgets nothing: the run of an object is found by a request id that namespace, name and uid
/// decide. Only the replica whose [Ticker] leads does anything.
///
/// No finalizer holds an object until its run has ended: who deletes a namespace deletes this service and its rights
/// there with it, and nobody would be left to take the finalizer off.
public final class FineTuneRunController implements Ticker.Task, AutoCloseable {
    private static final Logger LOG = Logger.getLogger(FineTuneRunController.class);
    private static final Duration RESYNC = Duration.ofMinutes(1);
    private static final int CONFLICT = 409;

    /// Between two reports of progress of one run: a status is not a log.
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(5);

    /// What was refused may be right later, when its dataset, its base or the service's rights are there.
    private static final Duration ASK_AGAIN = Duration.ofSeconds(10);

    /// Until some replica has surely cancelled the run.
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private static final ResourceDefinitionContext KIND = new ResourceDefinitionContext.Builder()
            .withGroup("finetide.dev")
            .withVersion("v1alpha1")
            .withKind("FineTuneRun")
            .withPlural("finetuneruns")
            .withNamespaced(true)
            .build();

    /// The service's runs.
    public interface Runs {
        /// @param object that the run is of
        /// @throws ApiException as the service refuses it
        TrainingRun create(CreateTrainingRunRequest request, String object);

        /// The run that this request made.
        Optional<TrainingRun> of(String requestId);

        /// Object → its run, of those that go on.
        Map<String, String> open();

        void cancel(String run);
    }

    private final KubernetesClient client;
    private final String namespace;
    private final Runs runs;
    private final Clock clock;
    private final SharedIndexInformer<GenericKubernetesResource> objects;
    private final Map<String, Instant> told = new HashMap<>();
    private final Map<String, Instant> refused = new HashMap<>();

    /// What was seen to be deleted, and when: all that is left to know where this service has no rights any more.
    private final Map<String, Instant> deleted = new ConcurrentHashMap<>();

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
        objects.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(GenericKubernetesResource object) {}

            @Override
            public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {}

            @Override
            public void onDelete(GenericKubernetesResource object, boolean unseen) {
                Instant now = clock.instant();
                deleted.values().removeIf(time -> time.plus(REMEMBERED).isBefore(now));
                if (!unseen) { // else it was missing in a list, which may be older than the object
                    deleted.put(id(object), now);
                }
            }
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
        all.forEach(object -> unlessJustRefused(id(object), () -> reconcile(object)));
        Set<String> ids = all.stream()
                .filter(object -> !isLeaving(object))
                .map(FineTuneRunController::id)
                .collect(Collectors.toSet());
        Map<String, String> open = runs.open();
        open.forEach((id, run) -> {
            if (id.startsWith(namespace + "/") && !ids.contains(id)) {
                unlessJustRefused(id, () -> cancelWithout(id, run));
            }
        });
        ids.addAll(open.keySet());
        told.keySet().retainAll(ids);
        refused.keySet().retainAll(ids);
    }

    /// For one object: what goes wrong with it must not keep the others waiting.
    private void unlessJustRefused(String id, Runnable work) {
        Instant asked = refused.get(id);
        if (asked != null && clock.instant().isBefore(asked.plus(ASK_AGAIN))) {
            return;
        }
        try {
            work.run();
        } catch (ApiException meanwhile) {
            LOG.infof("nothing to do any more finetunerun=%s reason=%s", id, meanwhile.reason());
        } catch (KubernetesClientException e) {
            if (e.getCode() != CONFLICT) { // an object that has changed meanwhile is seen again
                refused.put(id, clock.instant());
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
        Optional<TrainingRun> run = runs.of(requestId(object));
        if (run.isPresent()) {
            tell(object, run.get());
        } else if (!isLeaving(object)) {
            create(object);
        }
    }

    /// A run whose object is not seen is cancelled only if that is surely gone: an informer may be behind.
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
            tell(object, run);
        } catch (ApiException refusal) {
            refused.put(id(object), clock.instant());
            put(object, FineTuneRunStatus.refused(object, refusal, clock.instant()));
        } catch (RuntimeException bug) {
            // One object must not keep the others waiting; a database that is away is nobody's fault.
            if (bug instanceof KubernetesClientException || Database.isUnavailable(bug)) {
                throw bug;
            }
            refused.put(id(object), clock.instant());
            LOG.error("run cannot be created finetunerun=" + id(object), bug);
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
        return UUID.nameUUIDFromBytes(id(object).getBytes(StandardCharsets.UTF_8))
                .toString();
    }

    private void tell(GenericKubernetesResource object, TrainingRun run) {
        Map<String, Object> status = FineTuneRunStatus.of(object, run, clock.instant());
        Instant last = told.getOrDefault(id(object), Instant.EPOCH);
        boolean onlyProgress = FineTuneRunStatus.differOnlyInProgress(object, status);
        if (!onlyProgress || !clock.instant().isBefore(last.plus(PROGRESS_EVERY))) {
            put(object, status);
        }
    }

    private void put(GenericKubernetesResource object, Map<String, Object> status) {
        if (FineTuneRunStatus.differs(object, status)) {
            told.put(id(object), clock.instant());
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

    /// `{namespace}/{name}/{uid}`: an object that is made again under the same name is another one.
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

package dev.finetide.training;

import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.OwnToken;
import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.kit.blob.CollectionTicker;
import dev.finetide.kit.catalog.GrpcCatalog;
import dev.finetide.kit.event.BrokerWatch;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.launch.WorkerSettings;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.rule.CrossFieldRules;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.time.Moment;
import dev.finetide.kubernetes.ClusterSettings;
import dev.finetide.kubernetes.WorkerLaunchers;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Makes the objects of the service and connects them.
@Singleton
class TrainingBeans {
    @Produces
    @Singleton
    static RunCatalog catalog(
            @ConfigProperty(name = "finetide.dataset.endpoint") String datasets,
            @ConfigProperty(name = "finetide.registry.endpoint") String registry,
            BlobStore blobs,
            GrpcTracingClientInterceptor traced,
            OwnToken own) {
        return new GrpcRunCatalog(new GrpcCatalog(datasets, registry, traced, own), blobs);
    }

    static void close(@Disposes RunCatalog catalog) throws Exception {
        if (catalog instanceof AutoCloseable open) {
            open.close();
        }
    }

    @Produces
    @Singleton
    static CrossFieldRules rules() {
        return ConfigRules::ofRequest;
    }

    @Produces
    @Singleton
    static WorkerLauncher launcher(WorkerSettings workers, ClusterSettings cluster, TrainingSettings settings) {
        return WorkerLaunchers.open(workers, cluster, "training-service", settings.stopGrace());
    }

    static void close(@Disposes WorkerLauncher launcher) {
        launcher.close();
    }

    @Produces
    @Singleton
    static TrainingRuns runs(
            Database database,
            EventPublisher events,
            RunCatalog catalog,
            WorkerLauncher launcher,
            BrokerWatch broker,
            WorkerSite site,
            BlobStore blobs,
            TrainingSettings settings,
            Limits limits,
            MeterRegistry meters,
            Clock clock) {
        RunStore store = new PostgresRunStore(database, new RunMeters(database, meters));
        return new TrainingRuns(
                store,
                events,
                catalog,
                new Workers(launcher, Moment::now),
                new WorkerWatch(settings.limits(), broker::reception, Moment::now),
                site,
                new CheckpointRetention(store, blobs, Thread::startVirtualThread, clock),
                blobs,
                limits,
                settings.maxConcurrentRuns(),
                clock);
    }

    @Produces
    @Singleton
    static Ticker ticker(Database database, TrainingRuns runs, TrainingSettings settings) {
        return new Ticker(database, settings.tickEvery(), runs);
    }

    @Produces
    @Singleton
    static FineTuneRuns fineTuneRuns(
            Database database, TrainingRuns runs, Ticker ticker, ClusterSettings cluster, Tracer tracer, Clock clock) {
        return new FineTuneRuns(database, runs, ticker, cluster, tracer, clock);
    }

    @Produces
    @Singleton
    static CollectionTicker collection(
            Database database, BlobStore blobs, CollectionSettings settings, MeterRegistry meters, Clock clock) {
        return new CollectionTicker(
                database,
                settings.every(),
                blobs,
                List.of(new BlobCollection(
                        blobs,
                        RunBlobs.PREFIX,
                        RunBlobs::folder,
                        settings.grace(),
                        new RunBlobs(new PostgresRunStore(database, _ -> {})),
                        meters,
                        clock)));
    }

    void start(@Observes StartupEvent event, Ticker ticker, FineTuneRuns fineTuneRuns, CollectionTicker collection) {
        ticker.start();
        collection.start();
        fineTuneRuns.start();
    }

    void stop(@Observes ShutdownEvent event, Ticker ticker, FineTuneRuns fineTuneRuns, CollectionTicker collection)
            throws InterruptedException {
        fineTuneRuns.close();
        collection.close();
        ticker.close();
    }
}

package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.auth.OwnToken;
import dev.finetide.kit.catalog.Catalog;
import dev.finetide.kit.catalog.GrpcCatalog;
import dev.finetide.kit.event.BrokerWatch;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.launch.WorkerSettings;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.time.Moment;
import dev.finetide.kubernetes.ClusterSettings;
import dev.finetide.kubernetes.WorkerLaunchers;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.opentelemetry.runtime.tracing.instrumentation.grpc.GrpcTracingClientInterceptor;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Makes the objects of the service and connects them.
@Singleton
class EvaluationBeans {
    @Produces
    @Singleton
    static WorkerLauncher launcher(WorkerSettings workers, ClusterSettings cluster, EvaluationSettings settings) {
        return WorkerLaunchers.open(workers, cluster, "eval-service", settings.stopGrace());
    }

    static void close(@Disposes WorkerLauncher launcher) {
        launcher.close();
    }

    @Produces
    @Singleton
    static Catalog catalog(
            @ConfigProperty(name = "finetide.dataset.endpoint") String datasets,
            @ConfigProperty(name = "finetide.registry.endpoint") String registry,
            GrpcTracingClientInterceptor traced,
            OwnToken own) {
        return new GrpcCatalog(datasets, registry, traced, own);
    }

    static void close(@Disposes Catalog catalog) throws Exception {
        if (catalog instanceof AutoCloseable open) {
            open.close();
        }
    }

    @Produces
    @Singleton
    static Evaluations evaluations(
            Database database,
            Catalog catalog,
            EventPublisher events,
            WorkerLauncher launcher,
            BrokerWatch broker,
            WorkerSite site,
            EvaluationSettings settings,
            Limits limits,
            MeterRegistry meters,
            Clock clock) {
        EvaluationStore store = new PostgresEvaluationStore(database, new EvaluationMeters(database, meters));
        ModelVersions versions = new PostgresModelVersions(database);
        EndpointHosts hosts = new EndpointHosts(settings.endpointHosts().orElse(Set.of()));
        return new Evaluations(
                store,
                new EvaluationInputs(catalog, new Arms(store, versions, hosts)),
                versions,
                events,
                new Workers(launcher, Moment::now),
                new WorkerWatch(settings.limits(), broker::reception, Moment::now),
                site,
                limits,
                settings.maxConcurrentEvaluations(),
                clock);
    }

    @Produces
    @Singleton
    static Ticker ticker(Database database, Evaluations evaluations, EvaluationSettings settings) {
        return new Ticker(database, settings.tickEvery(), evaluations);
    }

    @Produces
    @Singleton
    static TrainingRuns trainingRuns(
            @ConfigProperty(name = "finetide.training.endpoint") String training,
            GrpcTracingClientInterceptor traced,
            OwnToken own) {
        return new GrpcTrainingRuns(training, traced, own);
    }

    static void close(@Disposes TrainingRuns runs) throws Exception {
        if (runs instanceof AutoCloseable open) {
            open.close();
        }
    }

    @Produces
    @Singleton
    static Forecasts forecasts(
            @ConfigProperty(name = "finetide.dataset.endpoint") String datasets,
            GrpcTracingClientInterceptor traced,
            OwnToken own) {
        return new GrpcForecasts(datasets, traced, own);
    }

    static void close(@Disposes Forecasts forecasts) throws Exception {
        if (forecasts instanceof AutoCloseable open) {
            open.close();
        }
    }

    @Produces
    @Singleton
    static Advisor advisor(
            Database database,
            Catalog catalog,
            Evaluations evaluations,
            TrainingRuns runs,
            Forecasts forecasts,
            Limits limits,
            Clock clock) {
        return new Advisor(
                new PostgresAdviceStore(database),
                catalog,
                new AdviceSteps(evaluations, new AdviceTrainings(runs, evaluations), forecasts),
                limits,
                clock);
    }

    /// The ticker of advice: calls of other services must not keep the supervision of workers waiting.
    @Produces
    @Singleton
    static AdviceTicker adviceTicker(Database database, Advisor advisor, EvaluationSettings settings) {
        return new AdviceTicker(new Ticker("advice", database, settings.tickEvery(), advisor));
    }

    void start(@Observes StartupEvent event, Ticker ticker, AdviceTicker advice) {
        ticker.start();
        advice.ticker().start();
    }

    void stop(@Observes ShutdownEvent event, Ticker ticker, AdviceTicker advice) throws InterruptedException {
        advice.ticker().close();
        ticker.close();
    }

    /// Tells the ticker of advice from that of evaluations.
    record AdviceTicker(Ticker ticker) {}
}

package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.event.BrokerWatch;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.launch.WorkerSettings;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.store.Database;
import dev.finetide.kubernetes.ClusterSettings;
import dev.finetide.kubernetes.WorkerLaunchers;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/// Makes the objects of the service and connects them.
@Singleton
class EvaluationBeans {
    @Produces
    @Singleton
    static WorkerLauncher launcher(
            WorkerSettings workers, ClusterSettings cluster, EvaluationSettings settings, Clock clock) {
        return WorkerLaunchers.open(workers, cluster, "eval-service", settings.stopGrace(), clock);
    }

    static void close(@Disposes WorkerLauncher launcher) {
        launcher.close();
    }

    @Produces
    @Singleton
    static Evaluations evaluations(
            Database database,
            EventPublisher events,
            WorkerLauncher launcher,
            BrokerWatch broker,
            WorkerSite site,
            EvaluationSettings settings,
            MeterRegistry meters,
            Clock clock) {
        return new Evaluations(
                new PostgresEvaluationStore(database, new EvaluationMeters(database, meters)),
                events,
                new Workers(launcher, clock),
                new WorkerWatch(settings.startWithin(), settings.lostAfter(), broker::reachableSince, clock),
                site,
                settings.maxConcurrentEvaluations(),
                clock);
    }

    @Produces
    @Singleton
    static Ticker ticker(Database database, Evaluations evaluations, EvaluationSettings settings) {
        return new Ticker(database, settings.tickEvery(), evaluations);
    }

    void start(@Observes StartupEvent event, Ticker ticker) {
        ticker.start();
    }

    void stop(@Observes ShutdownEvent event, Ticker ticker) throws InterruptedException {
        ticker.close();
    }
}

package dev.finetide.dataset.report;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
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
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/// Makes the objects that keep reports, and runs their supervision.
@Singleton
class ReportBeans {
    @Produces
    @Singleton
    static WorkerLauncher launcher(WorkerSettings workers, ClusterSettings cluster, ReportSettings settings) {
        return WorkerLaunchers.open(workers, cluster, DatasetReports.SERVICE, settings.stopGrace());
    }

    static void close(@Disposes WorkerLauncher launcher) {
        launcher.close();
    }

    @Produces
    @Singleton
    static DatasetReports reports(
            Database database,
            DatasetReports.Inputs inputs,
            EventPublisher events,
            WorkerLauncher launcher,
            BrokerWatch broker,
            WorkerSite site,
            ReportSettings settings,
            Limits limits,
            MeterRegistry meters,
            Clock clock) {
        return new DatasetReports(
                new PostgresReportStore(database),
                inputs,
                events,
                new Workers(launcher, Moment::now),
                new WorkerWatch(settings.limits(), broker::reception, Moment::now),
                site,
                settings,
                new ReportMeters(database, meters),
                limits,
                clock);
    }

    @Produces
    @Singleton
    static Ticker ticker(Database database, DatasetReports reports, ReportSettings settings) {
        return new Ticker(database, settings.tickEvery(), reports);
    }

    void start(@Observes StartupEvent event, Ticker ticker) {
        ticker.start();
    }

    void stop(@Observes ShutdownEvent event, Ticker ticker) throws InterruptedException {
        ticker.close();
    }
}

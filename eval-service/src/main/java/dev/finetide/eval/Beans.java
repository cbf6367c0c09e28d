package dev.finetide.eval;

import dev.finetide.kit.attempt.Ticker;
import dev.finetide.kit.attempt.WorkerWatch;
import dev.finetide.kit.attempt.Workers;
import dev.finetide.kit.event.BrokerWatch;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.launch.ChildProcessLauncher;
import dev.finetide.kit.launch.WorkerLauncher;
import dev.finetide.kit.launch.WorkerSite;
import dev.finetide.kit.store.Database;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.time.Clock;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// How the service is put together.
@Singleton
class Beans {
    @Produces
    @Singleton
    static WorkerLauncher launcher(
            @ConfigProperty(name = "finetide.worker.command") String command,
            @ConfigProperty(name = "finetide.worker.directory") Path directory,
            Settings settings) {
        return new ChildProcessLauncher(ChildProcessLauncher.arguments(command), directory, settings.stopGrace());
    }

    @Produces
    @Singleton
    static WorkerSite site(
            @ConfigProperty(name = "finetide.advertised-endpoint") String endpoint,
            @ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers,
            @ConfigProperty(name = "finetide.blobs.uri") String blobs,
            @ConfigProperty(name = "finetide.device-directory") String devices) {
        return new WorkerSite(endpoint, bootstrapServers, blobs, devices);
    }

    @Produces
    @Singleton
    static Evaluations evaluations(
            Database database,
            EventPublisher events,
            WorkerLauncher launcher,
            BrokerWatch broker,
            WorkerSite site,
            Settings settings,
            Clock clock) {
        return new Evaluations(
                new PostgresEvaluationStore(database),
                events,
                new Workers(launcher, clock),
                new WorkerWatch(settings.startWithin(), settings.lostAfter(), broker::reachableSince, clock),
                site,
                settings.maxConcurrentEvaluations(),
                clock);
    }

    @Produces
    @Singleton
    static Ticker ticker(Database database, Evaluations evaluations, Settings settings) {
        return new Ticker(database, settings.tickEvery(), evaluations);
    }

    void start(@Observes StartupEvent event, Ticker ticker) {
        ticker.start();
    }

    void stop(@Observes ShutdownEvent event, Ticker ticker) throws InterruptedException {
        ticker.close();
    }
}

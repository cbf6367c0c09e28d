package dev.finetide.kit.project;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.auth.Grants;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.FatalErrors;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.StoredMessage;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Project;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/// Keeps this service's copy of all projects, in a table and in memory. Every replica reads a project
/// again when one of them has changed it. Thread-safe.
///
/// A project that nobody has created has no members, rules or limits of its own: callers' tokens and
/// the service's settings say everything.
@Singleton
public final class Projects implements Grants, Notifications.Listener {
    private static final Logger LOG = Logger.getLogger(Projects.class);

    private record Caller(String issuer, String subject) {}

    /// A project, with its members' roles by caller: every call asks for one.
    private record Known(Project project, Map<Caller, Role> roles) {
        static Known of(Project project) {
            Map<Caller, Role> roles = new HashMap<>();
            project.getMembersList()
                    .forEach(
                            member -> roles.put(new Caller(member.getIssuer(), member.getSubject()), member.getRole()));
            return new Known(project, Map.copyOf(roles));
        }
    }

    private final Database database;
    private final Map<String, Known> known = new ConcurrentHashMap<>();

    /// One thread reads, so that nothing older overwrites what is newer.
    private final ScheduledThreadPoolExecutor reader = new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().name("projects").daemon().factory(),
            new ThreadPoolExecutor.DiscardPolicy()); // a service that stops learns nothing new

    public Projects(Database database) {
        this.database = database;
    }

    void start(@Observes StartupEvent event, Notifications notifications) {
        notifications.listen(Notifications.Channel.PROJECTS, this);
        CompletableFuture.runAsync(this::readAll, reader).join();
    }

    void stop(@Observes ShutdownEvent event) {
        reader.shutdownNow();
    }

    /// Returns a project; one without members, rules and limits if nobody has created it.
    ///
    /// @param project id of the project: `default`
    public Project get(String project) {
        String name = ResourceType.PROJECT.name(project);
        Known found = known.get(name);
        return found == null ? Project.newBuilder().setName(name).build() : found.project();
    }

    @Override
    public Role role(Identity caller, String project) {
        Known found = known.get(ResourceType.PROJECT.name(project));
        return found == null
                ? Role.ROLE_UNSPECIFIED
                : found.roles().getOrDefault(new Caller(caller.issuer(), caller.subject()), Role.ROLE_UNSPECIFIED);
    }

    /// Stores the state of a project that an event brings, in the thread's transaction. All replicas
    /// learn it when the transaction commits. An older state than the stored one changes nothing: an
    /// event that is sent again must not give back a role that was revoked.
    ///
    /// @throws dev.finetide.kit.error.ApiException INVALID_FIELD if the project has no valid name
    void store(Project project) {
        String name = ResourceType.PROJECT.check("project.name", project.getName());
        Optional<Project> stored =
                database.with(handle -> handle.createQuery("select body from project where name = :name for update")
                        .bind("name", name)
                        .map((row, _) -> StoredMessage.read(row, "body", Project.parser()))
                        .findOne());
        if (stored.isPresent()
                && Timestamps.compare(project.getUpdateTime(), stored.get().getUpdateTime()) <= 0) {
            return;
        }
        database.with(handle -> handle.createUpdate(
                        "insert into project (name, body) values (:name, :body) on conflict (name) do update set body = :body")
                .bind("name", name)
                .bind("body", project.toByteArray())
                .execute());
        Notifications.send(database, Notifications.Channel.PROJECTS, name);
    }

    @Override
    public void notified(String payload) {
        reader.execute(() -> readOrRepeat(() -> read(payload)));
    }

    @Override
    public void resumed() {
        reader.execute(() -> readOrRepeat(this::readAll));
    }

    /// Reads, and after a failure reads all projects every second until that succeeds: a revocation
    /// must not be missed.
    private void readOrRepeat(Runnable reading) {
        try {
            reading.run();
        } catch (RuntimeException | Error failure) {
            FatalErrors.endProcessAfter(failure);
            LOG.warn("projects not read, those of before count: " + failure.getMessage());
            reader.schedule(() -> readOrRepeat(this::readAll), 1, TimeUnit.SECONDS);
        }
    }

    private void read(String name) {
        database.with(handle -> handle.createQuery("select body from project where name = :name")
                        .bind("name", name)
                        .map((row, _) -> StoredMessage.read(row, "body", Project.parser()))
                        .findOne())
                .ifPresent(project -> known.put(name, Known.of(project)));
    }

    private void readAll() {
        List<Project> all = database.with(handle -> handle.createQuery("select body from project")
                .map((row, _) -> StoredMessage.read(row, "body", Project.parser()))
                .list());
        all.forEach(project -> known.put(project.getName(), Known.of(project)));
        known.keySet().retainAll(all.stream().map(Project::getName).toList());
    }
}

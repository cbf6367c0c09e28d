package dev.finetide.kit.project;

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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/// Keeps this service's copy of all projects, in a table and in memory. Every replica reads the table again when one of
/// them has changed it. Thread-safe.
///
/// A project that nobody has created has no members, rules or limits of its own: callers' tokens and the service's
/// settings say everything.
@Singleton
public final class Projects implements Grants, Notifications.Listener {
    private static final Logger LOG = Logger.getLogger(Projects.class);

    private final Database database;
    private final ExecutorService reader = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("projects").daemon().factory());
    private volatile Map<String, Project> known = Map.of();

    public Projects(Database database) {
        this.database = database;
    }

    void start(@Observes StartupEvent event, Notifications notifications) {
        notifications.listen(Notifications.Channel.PROJECTS, this);
        CompletableFuture.runAsync(this::read, reader).join(); // one thread reads, so that nothing newer is overwritten
    }

    void stop(@Observes ShutdownEvent event) {
        reader.shutdownNow();
    }

    /// Returns a project; one without members, rules and limits if nobody has created it.
    ///
    /// @param project id of the project: `default`
    public Project get(String project) {
        String name = ResourceType.PROJECT.name(project);
        Project found = known.get(name);
        return found == null ? Project.newBuilder().setName(name).build() : found;
    }

    @Override
    public Role role(Identity caller, String project) {
        return get(project).getMembersList().stream()
                .filter(member -> member.getSubject().equals(caller.subject())
                        && member.getIssuer().equals(caller.issuer()))
                .map(member -> member.getRole())
                .findFirst()
                .orElse(Role.ROLE_UNSPECIFIED);
    }

    /// Stores the state of a project that an event brings, in the thread's transaction. All replicas learn it when the
    /// transaction commits.
    void store(Project project) {
        database.with(handle -> handle.createUpdate(
                        "insert into project (name, body) values (:name, :body) on conflict (name) do update set body = :body")
                .bind("name", project.getName())
                .bind("body", project.toByteArray())
                .execute());
        Notifications.send(database, Notifications.Channel.PROJECTS, project.getName());
    }

    @Override
    public void notified(String payload) {
        reader.execute(this::readLater);
    }

    @Override
    public void resumed() {
        reader.execute(this::readLater);
    }

    private void readLater() {
        try {
            read();
        } catch (RuntimeException | Error failure) {
            FatalErrors.endProcessAfter(failure);
            // The connection that listens is lost then, too, and its return brings the next look.
            LOG.warn("projects not read, those of before count: " + failure.getMessage());
        }
    }

    private void read() {
        known = database.with(handle -> handle.createQuery("select body from project")
                .map((row, _) -> StoredMessage.read(row, "body", Project.parser()))
                .collect(Collectors.toUnmodifiableMap(Project::getName, project -> project)));
    }
}

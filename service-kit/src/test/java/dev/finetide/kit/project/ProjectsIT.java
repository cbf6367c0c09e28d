package dev.finetide.kit.project;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.Notifications;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.Project;
import dev.finetide.proto.project.v1.ProjectLimits;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two replicas of a service, each with its copy of the projects in memory, on one schema.
class ProjectsIT {
    private static final Identity ALICE = caller("alice", "tokens-file");

    private final Database database = TestSchema.fresh();
    private final List<Notifications> listening = List.of(new Notifications(database), new Notifications(database));
    private final List<Projects> replicas = List.of(new Projects(database), new Projects(database));

    private static Identity caller(String subject, String issuer) {
        return new Identity(subject, issuer, Identity.Kind.USER, Map.of());
    }

    @BeforeEach
    void start() {
        for (int i = 0; i < replicas.size(); i++) {
            replicas.get(i).start(new StartupEvent(), listening.get(i));
            listening.get(i).start();
        }
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (int i = 0; i < replicas.size(); i++) {
            replicas.get(i).stop(new ShutdownEvent());
            listening.get(i).close();
        }
    }

    /// Returns a project as it is after its n-th change.
    private static Project.Builder research(int change) {
        return Project.newBuilder().setName("projects/research").setUpdateTime(Timestamps.fromSeconds(change));
    }

    private static Project.Builder withAlice(int change, Role role) {
        Project.Builder project = research(change);
        project.addMembersBuilder().setSubject("alice").setIssuer("tokens-file").setRole(role);
        return project;
    }

    private void store(Project.Builder project) {
        database.transact(() -> {
            replicas.getFirst().store(project.build());
            return null;
        });
    }

    private void awaitRole(Role role) {
        await().until(() -> replicas.stream().allMatch(projects -> projects.role(ALICE, "research") == role));
    }

    @Test
    void allReplicasKnowAGrantAndItsRevocation() {
        assertThat(replicas)
                .allSatisfy(projects -> assertThat(projects.get("research"))
                        .isEqualTo(Project.newBuilder()
                                .setName("projects/research")
                                .build()));
        store(withAlice(1, Role.SUBMITTER).setLimits(ProjectLimits.newBuilder().setQueuedRuns(20)));
        awaitRole(Role.SUBMITTER);
        assertThat(replicas).allSatisfy(projects -> {
            assertThat(projects.get("research").getLimits().getQueuedRuns()).isEqualTo(20);
            assertThat(projects.role(caller("alice", "https://login.example.com"), "research"))
                    .as("alice of another issuer")
                    .isEqualTo(Role.ROLE_UNSPECIFIED);
            assertThat(projects.role(caller("bob", "tokens-file"), "research")).isEqualTo(Role.ROLE_UNSPECIFIED);
            assertThat(projects.role(ALICE, "default")).isEqualTo(Role.ROLE_UNSPECIFIED);
        });
        store(research(2));
        awaitRole(Role.ROLE_UNSPECIFIED);
    }

    @Test
    void anOlderEventGivesNoRoleBack() {
        store(withAlice(1, Role.ADMIN));
        store(withAlice(3, Role.VIEWER));
        awaitRole(Role.VIEWER);
        store(withAlice(2, Role.ADMIN)); // as when somebody sends a dead letter again
        store(withAlice(3, Role.ADMIN));
        store(Project.newBuilder().setName("projects/other").setUpdateTime(Timestamps.fromSeconds(1)));
        Projects later = new Projects(database);
        later.start(new StartupEvent(), listening.getFirst());
        assertThat(later.role(ALICE, "research")).isEqualTo(Role.VIEWER);
        later.stop(new ShutdownEvent());
        awaitRole(Role.VIEWER);
    }

    @Test
    void aProjectWithoutAValidNameIsNotStored() {
        assertThatThrownBy(() -> store(Project.newBuilder().setName("default")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("project.name");
    }

    @Test
    void aReplicaThatCouldNotReadReadsAgain() {
        // Given: the table is away while the notification comes
        database.with(handle -> handle.execute("alter table project rename to hidden"));
        replicas.forEach(projects -> projects.notified("projects/research"));
        database.with(handle -> handle.createUpdate("insert into hidden (name, body) values (:name, :body)")
                .bind("name", "projects/research")
                .bind("body", withAlice(1, Role.REVIEWER).build().toByteArray())
                .execute());
        // When
        database.with(handle -> handle.execute("alter table hidden rename to project"));
        // Then
        awaitRole(Role.REVIEWER);
    }
}

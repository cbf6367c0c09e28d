package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.security.auth.module.UnixSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresIT {

    @TempDir
    Path directory;

    private ProcessGuard guard;
    private EmbeddedPostgres postgres;
    private ChildProcess server;

    @BeforeEach
    void start() throws Exception {
        guard = ProcessGuard.start();
        postgres = newPostgres();
        long started = System.nanoTime();
        server = postgres.start();
        System.out.printf("postgres: first start %d ms%n", millisSince(started));
        execute("create table letters(letter text)", "insert into letters values ('a'), ('b')");
    }

    @AfterEach
    void stop() throws Exception {
        postgres.close();
        guard.close();
    }

    @Test
    void restartKeepsTheDataAndThePort() throws Exception {
        long stopped = System.nanoTime();
        postgres.close();
        System.out.printf("postgres: stop %d ms%n", millisSince(stopped));
        long started = System.nanoTime();
        postgres.start();
        System.out.printf("postgres: start on data %d ms%n", millisSince(started));

        assertThat(letters()).isEqualTo("a,b");
    }

    @Test
    void killedServerComesBackWithEverythingCommitted() throws Exception {
        try (Connection open = connect()) {
            assertThat(open.isValid(1)).isTrue();
            server.kill();
            long started = System.nanoTime();
            postgres.start();
            System.out.printf("postgres: start after kill -9 %d ms%n", millisSince(started));
        }

        assertThat(letters()).isEqualTo("a,b");
    }

    @Test
    void orphanThatStillHoldsTheDirectoryIsEndedByTheNextStart() throws Exception {
        EmbeddedPostgres next = newPostgres();
        try {
            next.start();

            assertThat(server.isAlive()).isFalse();
            assertThat(letters()).isEqualTo("a,b");
        } finally {
            next.close();
        }
    }

    @Test
    void pidFileOfAProcessThatIsSomethingElseByNowIsNoObstacle() throws Exception {
        postgres.close();
        Path pidFile = directory.resolve("postgres/postmaster.pid");
        Files.writeString(pidFile, ProcessHandle.current().pid() + "\n" + directory + "\n");

        postgres.start();

        assertThat(letters()).isEqualTo("a,b");
    }

    @Test
    void interruptedFirstStartIsStartedOver() throws Exception {
        EmbeddedPostgres other = new EmbeddedPostgres(
                directory.resolve("other"),
                FreePorts.pick(1).getFirst(),
                directory.resolve("other.log"),
                EmbeddedPostgres.userCache(),
                guard);
        Path half = Files.createDirectories(directory.resolve("other.new"));
        Files.writeString(half.resolve("PG_VERSION"), "18\n");

        try {
            assertThat(other.start().isAlive()).isTrue();
        } finally {
            other.close();
        }
    }

    @Test
    void rootWithoutNamespacesRunsItAsNobody() throws Exception {
        Assumptions.assumeTrue(new UnixSystem().getUid() == 0, "skipped: not root");
        EmbeddedPostgres other = new EmbeddedPostgres(
                        directory.resolve("other"),
                        FreePorts.pick(1).getFirst(),
                        directory.resolve("other.log"),
                        EmbeddedPostgres.userCache(),
                        guard)
                .runAs(PostgresAccount.NOBODY);

        try {
            other.start();
            other.close();
            ChildProcess again = other.start();
            assertThat(ProcessHandle.of(again.pid()).orElseThrow().info().user())
                    .contains("nobody");
        } finally {
            other.close();
        }
    }

    private EmbeddedPostgres newPostgres() throws Exception {
        return new EmbeddedPostgres(
                directory.resolve("postgres"),
                port(),
                directory.resolve("postgres.log"),
                EmbeddedPostgres.userCache(),
                guard);
    }

    private int port = -1;

    private int port() throws Exception {
        if (port < 0) {
            port = FreePorts.pick(1).getFirst();
        }
        return port;
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl("public"), "postgres", "");
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private String letters() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows =
                        statement.executeQuery("select string_agg(letter, ',' order by letter) from letters")) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}

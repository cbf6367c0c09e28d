package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.security.auth.module.UnixSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
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

    @Test
    void nobodyConnectsWithoutThePassword() {
        for (String user : new String[] {"postgres", "root", "dataset", System.getProperty("user.name")}) {
            for (String password : new String[] {"", "postgres", user}) {
                assertThatThrownBy(() -> connect("public", user, password))
                        .as("%s with the password \"%s\"", user, password)
                        .isInstanceOf(SQLException.class)
                        .satisfies(refused -> assertThat(((SQLException) refused).getSQLState())
                                .isIn("28P01", "28000", "08004")); // the driver asks for a password itself
            }
        }
        assertThatThrownBy(() -> DriverManager.getConnection(
                        postgres.jdbcUrl("public").replace("/postgres?", "/template1?"),
                        "postgres",
                        postgres.password("postgres")))
                .hasMessageContaining("no pg_hba.conf entry");
    }

    @Test
    void passwordsAndDataAreTheOwnersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(postgres.passwordFile())))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("postgres"))))
                .isEqualTo("rwx------");
        assertThat(directory.resolve("postgres.pgpass.sql")).doesNotExist();

        Files.setPosixFilePermissions(postgres.passwordFile(), PosixFilePermissions.fromString("rw-r--r--"));
        postgres.close();
        assertThatThrownBy(postgres::start)
                .isInstanceOf(StartFailedException.class)
                .hasMessageContaining("postgres.pgpass has mode rw-r--r--, expected rw-------");
    }

    @Test
    void lostPasswordsAreReplaced() throws Exception {
        String before = postgres.password("postgres");
        postgres.close();
        Files.delete(postgres.passwordFile());

        postgres.start();

        assertThat(postgres.password("postgres")).isNotEqualTo(before);
        assertThat(letters()).isEqualTo("a,b");
        assertThatThrownBy(() -> connect("public", "postgres", before)).isInstanceOf(SQLException.class);
    }

    @Test
    void eachServiceMayUseItsOwnSchemaOnly() throws Exception {
        // An earlier version ran without roles, and its superuser made the schemas.
        execute(
                "create schema dataset",
                "create table dataset.rows(id bigserial, text text)",
                "insert into dataset.rows(text) values ('kept')",
                "create function dataset.one() returns int language sql as 'select 1'");
        postgres.close();
        postgres.withRoles(List.of("dataset", "training")).start();

        try (Connection dataset = connect("dataset", "dataset", postgres.password("dataset"));
                Statement sql = dataset.createStatement()) {
            sql.execute("insert into rows(text) values ('new')");
            sql.execute("alter table rows add column more int");
            sql.execute("drop function one()");
            sql.execute("create table files(name text)");
            for (String forbidden : List.of(
                    "create schema more",
                    "create table training.mine(i int)",
                    "select * from public.letters",
                    "copy rows to program 'true'",
                    "create role friend superuser",
                    "alter role dataset superuser",
                    "set role postgres",
                    "select pg_read_file('/etc/passwd')")) {
                assertThatThrownBy(() -> sql.execute(forbidden)).as(forbidden).isInstanceOf(SQLException.class);
            }
        }
        try (Connection training = connect("training", "training", postgres.password("training"));
                Statement sql = training.createStatement()) {
            assertThatThrownBy(() -> sql.execute("select * from dataset.rows"))
                    .hasMessageContaining("permission denied");
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

    private Connection connect() throws Exception {
        return connect("public", "postgres", postgres.password("postgres"));
    }

    private Connection connect(String schema, String user, String password) throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(schema), user, password);
    }

    private void execute(String... statements) throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private String letters() throws Exception {
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

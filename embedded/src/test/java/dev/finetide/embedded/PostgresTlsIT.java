package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.embedded.TestCertificates.Holder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// PostgreSQL takes connections with TLS alone, as the JDBC driver makes them by the parameters of its URL.
class PostgresTlsIT {
    @TempDir
    Path directory;

    private TestCertificates authority;
    private ProcessGuard guard;
    private EmbeddedPostgres postgres;

    @BeforeEach
    void certificates() throws Exception {
        authority = new TestCertificates(directory.resolve("authority"));
        guard = ProcessGuard.start();
    }

    @AfterEach
    void stop() throws Exception {
        postgres.close();
        guard.close();
    }

    private void start(String names, boolean clients) throws Exception {
        Holder server = authority.issue("server", names, 0);
        postgres = new EmbeddedPostgres(
                        directory.resolve("postgres"),
                        FreePorts.pick(1).getFirst(),
                        directory.resolve("postgres.log"),
                        EmbeddedPostgres.userCache(),
                        guard)
                .withTls(
                        server.certificate(),
                        server.key(),
                        clients ? Optional.of(authority.authority()) : Optional.empty())
                .withoutFsync();
        postgres.start();
    }

    /// Connects, and returns the version of TLS.
    private String connect(String parameters) throws Exception {
        try (Connection connection = DriverManager.getConnection(
                        postgres.jdbcUrl("public") + parameters, "postgres", postgres.password("postgres"));
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("select version from pg_stat_ssl where pid = pg_backend_pid()")) {
            row.next();
            return row.getString(1);
        }
    }

    private static String verified(TestCertificates trusted) {
        return "&sslmode=verify-full&sslrootcert=" + trusted.authority();
    }

    @Test
    void aVerifiedServerIsTalkedToAndPlainTextIsRefused() throws Exception {
        start("ip:127.0.0.1", false);

        assertThat(connect(verified(authority))).startsWith("TLSv1.");
        assertThatThrownBy(() -> connect("&sslmode=disable"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("no pg_hba.conf entry")
                .hasMessageContaining("no encryption");
        TestCertificates others = new TestCertificates(directory.resolve("others"));
        assertThatThrownBy(() -> connect(verified(others)))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("PKIX path");
    }

    @Test
    void aServerWithTheCertificateOfAnotherHostIsRefused() throws Exception {
        start("dns:elsewhere.example", false);

        assertThatThrownBy(() -> connect(verified(authority)))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("could not be verified");
    }

    @Test
    void aClientProvesItselfByACertificateWhereTheServerAsksForOne() throws Exception {
        start("ip:127.0.0.1", true);
        Holder client = authority.issue("client", "dns:registry-service", 0);

        assertThat(connect(verified(authority) + "&sslcert=" + client.certificate() + "&sslkey=" + client.key()
                        + "&pemKeyAlgorithm=EC"))
                .startsWith("TLSv1.");
        assertThatThrownBy(() -> connect(verified(authority))).hasMessageContaining("certificate");
    }
}

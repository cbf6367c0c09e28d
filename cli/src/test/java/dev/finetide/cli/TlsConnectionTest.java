package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.platform.Runs;
import dev.finetide.embedded.TestCertificates;
import dev.finetide.embedded.TestCertificates.Holder;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The CLI speaks TLS, and says which part of it failed.
class TlsConnectionTest {
    /// Exit code of a command whose service answers that there is no such run.
    private static final int ANSWERED = 3;

    @TempDir
    static Path directory;

    private static TestCertificates ours;
    private static TestCertificates others;
    private static Holder localhost;
    private static Holder user;

    private Server server;

    @BeforeAll
    static void certificates() {
        ours = new TestCertificates(directory.resolve("ours"));
        others = new TestCertificates(directory.resolve("others"));
        localhost = ours.issue("localhost", "dns:localhost", 0);
        user = ours.issue("user", "dns:user", 0);
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.shutdownNow();
        }
    }

    private void serve(ServerCredentials credentials) throws IOException {
        server = Grpc.newServerBuilderForPort(0, credentials)
                .addService(new Runs())
                .build()
                .start();
    }

    private void serve(Holder holder) throws IOException {
        serve(TlsServerCredentials.create(
                holder.certificate().toFile(), holder.key().toFile()));
    }

    private void serveWithClientCertificates(TestCertificates trusted) throws IOException {
        serve(TlsServerCredentials.newBuilder()
                .keyManager(localhost.certificate().toFile(), localhost.key().toFile())
                .trustManager(trusted.authority().toFile())
                .clientAuth(ClientAuth.REQUIRE)
                .build());
    }

    private CliRun getRun(String address, String... more) throws IOException {
        Path token = Files.writeString(directory.resolve("token"), "a-token");
        token.toFile().setReadable(false, false);
        token.toFile().setReadable(true, true);
        List<String> arguments =
                new ArrayList<>(List.of("run", "show", "run-1", "--training-endpoint", address, "--timeout", "1"));
        arguments.addAll(List.of(
                "--token-file",
                token.toString(),
                "--data",
                directory.resolve("none").toString()));
        arguments.addAll(List.of(more));
        return CliRun.of(arguments.toArray(String[]::new));
    }

    private String port() {
        return ":" + server.getPort();
    }

    private static String ca() {
        return ours.authority().toString();
    }

    @Test
    void aCertificateOfTheNamedAuthorityIsTrusted() throws IOException {
        serve(localhost);

        CliRun run = getRun("https://localhost" + port(), "--ca-file", ca());

        assertThat(run.exitCode()).as(run.err()).isEqualTo(ANSWERED);
    }

    @Test
    void anUnknownAuthorityIsNamedAndNotTriedAgain() throws IOException {
        serve(localhost);

        for (CliRun run : List.of(
                getRun("https://localhost" + port()),
                getRun(
                        "https://localhost" + port(),
                        "--ca-file",
                        others.authority().toString()))) {
            assertThat(run.exitCode()).isEqualTo(5);
            assertThat(run.err()).contains("unknown authority", "--ca-file").doesNotContain("trying again");
        }
    }

    @Test
    void aWrongHostNameAndAnExpiredCertificateAreTold() throws IOException {
        serve(ours.issue("elsewhere", "dns:elsewhere.example", 0));
        assertThat(getRun("https://localhost" + port(), "--ca-file", ca()).err())
                .contains("its certificate is of another host name");
        stop();
        serve(ours.issue("expired", "dns:localhost", 40));
        assertThat(getRun("https://localhost" + port(), "--ca-file", ca()).err())
                .contains("its certificate has expired");
        stop();
        serve(ours.issue("early", "dns:localhost", -5));
        assertThat(getRun("https://localhost" + port(), "--ca-file", ca()).err())
                .contains("not valid yet");
    }

    @Test
    void aClientCertificateIsShownAndItsRefusalIsTold() throws IOException {
        serveWithClientCertificates(ours);
        String address = "https://localhost" + port();
        String[] certificate = {
            "--ca-file",
            ca(),
            "--client-cert",
            user.certificate().toString(),
            "--client-key",
            user.key().toString()
        };
        assertThat(getRun(address, certificate).exitCode()).isEqualTo(ANSWERED);
        assertThat(getRun(address, "--ca-file", ca()).err())
                .contains("asks for one")
                .contains("--client-cert");
        stop();
        serveWithClientCertificates(others);
        assertThat(getRun("https://localhost" + port(), certificate).err()).contains("refuses the client certificate");
        assertThat(getRun(address, "--client-cert", ca()).err()).contains("needs both of its files");
    }

    @Test
    void aClientCertificateNeedsNoTokenBesideIt() throws IOException {
        serveWithClientCertificates(ours);
        List<String> arguments = new ArrayList<>(List.of("run", "show", "run-1", "--timeout", "1", "--ca-file", ca()));
        arguments.addAll(List.of("--training-endpoint", "https://localhost" + port()));
        arguments.addAll(List.of("--data", directory.resolve("none").toString()));
        CliRun nobody = CliRun.of(arguments.toArray(String[]::new));
        assertThat(nobody.exitCode()).isNotEqualTo(ANSWERED);
        arguments.addAll(List.of("--client-cert", user.certificate().toString()));
        arguments.addAll(List.of("--client-key", user.key().toString()));

        CliRun known = CliRun.of(arguments.toArray(String[]::new));

        assertThat(known.exitCode()).as(known.err()).isEqualTo(ANSWERED);
        List<String> who = new ArrayList<>(List.of("whoami"));
        who.addAll(arguments.subList(arguments.indexOf("--data"), arguments.size()));
        assertThat(CliRun.of(who.toArray(String[]::new)).out())
                .contains("You have a client certificate, and no token.");
    }

    @Test
    void plainTextAndTlsAreToldApart() throws IOException {
        serve(localhost);
        assertThat(getRun("localhost" + port()).err())
                .contains("if it has TLS, write the address as https://HOST:PORT");
        stop();
        serve(InsecureServerCredentials.create());
        assertThat(getRun("https://localhost" + port(), "--ca-file", ca()).err())
                .contains("speaks plain text, without TLS");
        assertThat(getRun("localhost" + port()).exitCode()).isEqualTo(ANSWERED);
    }

    @Test
    void aTokenNeverLeavesTheMachineInPlainText() throws IOException {
        CliRun run = getRun("training.example.com:443");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err())
                .contains("write https://training.example.com:443", "FINETIDE_PLAIN_TEXT_ALLOWED")
                .doesNotContain("a-token");
        assertThat(getRun("ftp://localhost:21").err()).contains("expected https://HOST:PORT, or HOST:PORT");
    }

    @Test
    void aNameThatNobodyKnowsAndAPortThatNobodyServesAreTold() throws IOException {
        assertThat(getRun("https://no-such-host.invalid:443").err()).contains("its name is not known here");
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        assertThat(getRun("https://localhost:" + free).err()).contains("connection refused");
    }

    @Test
    void filesThatCannotBeUsedAreNamedAndNotQuoted() throws IOException {
        serve(localhost);
        Path wrong = Files.writeString(directory.resolve("wrong.crt"), "SECRET");
        String address = "https://localhost" + port();

        assertThat(getRun(address, "--ca-file", wrong.toString()).err())
                .contains("wrong.crt")
                .doesNotContain("SECRET");
        assertThat(getRun(address, "--ca-file", directory.resolve("gone").toString())
                        .err())
                .contains("file of authorities: ", "gone is missing");
        assertThat(getRun(
                                address,
                                "--client-cert",
                                user.certificate().toString(),
                                "--client-key",
                                localhost.key().toString())
                        .err())
                .contains("is not the key of the first certificate");
    }
}

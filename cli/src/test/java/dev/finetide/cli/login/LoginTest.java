package dev.finetide.cli.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import dev.finetide.cli.CliRun;
import dev.finetide.cli.JsonOutputTest;
import dev.finetide.cli.client.DeviceServer;
import dev.finetide.cli.client.Login;
import dev.finetide.cli.client.Logins;
import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.RealOidcServer;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceImplBase;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/// A user logs in by device code; commands find, renew and forget the tokens.
class LoginTest {
    /// The build gives tests a configuration folder of their own.
    private static final Path FILE = Path.of(System.getenv("XDG_CONFIG_HOME"), "finetide", "login.json");

    @TempDir
    Path directory;

    /// Headers `authorization` that the service got.
    private final List<String> received = new CopyOnWriteArrayList<>();

    private DeviceServer oidc;
    private Server service;

    @BeforeEach
    void start() throws IOException {
        Files.deleteIfExists(FILE);
        oidc = new DeviceServer();
        service = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(new TrainingRunServiceImplBase() {
                    @Override
                    public void getTrainingRun(GetTrainingRunRequest request, StreamObserver<TrainingRun> client) {
                        client.onNext(TrainingRun.newBuilder()
                                .setName(request.getName())
                                .build());
                        client.onCompleted();
                    }
                })
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, A> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
                        received.add(String.valueOf(headers.get(BearerToken.HEADER)));
                        return next.startCall(call, headers);
                    }
                })
                .build()
                .start();
    }

    @AfterEach
    void stop() throws IOException {
        oidc.close();
        service.shutdownNow();
        Files.deleteIfExists(FILE);
    }

    private CliRun login(String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("login", "--issuer", oidc.url(), "--client-id", "finetide-cli"));
        arguments.addAll(List.of(more));
        return CliRun.of(arguments.toArray(String[]::new));
    }

    /// Keeps a login of the past.
    ///
    /// @param seconds time that its token is valid still
    private void loggedIn(long seconds) throws IOException {
        new Logins(FILE)
                .keep(new Login(
                        oidc.url(),
                        "finetide-cli",
                        "",
                        "openid",
                        "",
                        oidc.url() + "/token",
                        oidc.url() + "/revoke",
                        false,
                        oidc.token("olga", seconds),
                        "",
                        "r-1",
                        Instant.now().getEpochSecond() + seconds));
    }

    /// Shows a run, which needs a token.
    private CliRun call(String... more) {
        return callTo("127.0.0.1:" + service.getPort(), more);
    }

    private CliRun callTo(String address, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                "show",
                "run-1",
                "--timeout",
                "1",
                "--data",
                directory.resolve("none").toString()));
        arguments.addAll(List.of("--training-endpoint", address));
        arguments.addAll(List.of(more));
        return CliRun.of(arguments.toArray(String[]::new));
    }

    private CliRun whoami(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("whoami", "--data", directory.resolve("none").toString()));
        arguments.addAll(List.of(more));
        return CliRun.of(arguments.toArray(String[]::new));
    }

    @Test
    void aLoginWaitsForTheUserAndItsTokenGoesWithEachCall() throws IOException {
        oidc.answers.add(DeviceServer.refusal("authorization_pending"));
        oidc.answers.add(oidc.tokens("olga", 600, "r-1"));
        CliRun login = login();
        assertThat(login.out())
                .contains("https://login.example.com/device", "ABCD-EFGH", "Logged in as olga at " + oidc.url());
        assertThat(login.exitCode()).isZero();
        assertThat(oidc.forms).hasSize(2);
        assertThat(oidc.forms.getLast())
                .containsEntry("device_code", "d-1")
                .containsEntry("client_id", "finetide-cli")
                .containsEntry("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(FILE)))
                .isEqualTo("rw-------");
        assertThat(call().exitCode()).isZero();
        assertThat(received).hasSize(1);
        assertThat(received.getFirst()).startsWith("Bearer eyJ");
        CliRun who = whoami();
        assertThat(who.out()).contains("olga", oidc.url(), "valid until").doesNotContain("eyJ");
        CliRun json = whoami("-o", "json");
        JsonOutputTest.check(JsonParser.parseString(json.out()), "whoami");
        assertThat(json.out()).contains("\"subject\":\"olga\"").doesNotContain("eyJ");
    }

    @Test
    void aLoginThatIsRefusedLeavesNoFile() {
        oidc.answers.add(DeviceServer.refusal("access_denied"));
        CliRun denied = login();
        assertThat(denied.exitCode()).isEqualTo(4);
        assertThat(denied.err()).contains("the login was denied");
        oidc.answers.add(new DeviceServer.Answer(200, "{\"access_token\": \"opaque\"}"));
        assertThat(login().err()).contains("no token that services could check");
        assertThat(Files.exists(FILE)).isFalse();
    }

    @Test
    void whoCannotBeLoggedInIsToldWhy() throws IOException {
        assertThat(CliRun.of("login").err()).contains("--issuer URL");
        assertThat(CliRun.of("login", "--issuer", oidc.url()).err()).contains("--client-id ID");
        assertThat(CliRun.of("login", "--issuer", "http://login.example.com", "--client-id", "x")
                        .err())
                .contains("expected https");
        CliRun away = CliRun.of(
                "login", "--issuer", "http://127.0.0.1:" + FreePorts.pick(1).getFirst(), "--client-id", "x");
        assertThat(away.exitCode()).isEqualTo(5);
        assertThat(away.err()).contains("connection refused");
        CliRun slash = CliRun.of("login", "--issuer", oidc.url() + "/", "--client-id", "x");
        assertThat(slash.err()).contains("is of another issuer");
        CliRun nobody = call();
        assertThat(nobody.err()).contains("finetide login", "--token-file", "FINETIDE_TOKEN");
        assertThat(received).as("no call without a token").isEmpty();
        assertThat(whoami().err()).contains("you have not logged in");
        assertThat(CliRun.of("logout").exitCode()).isEqualTo(3);
    }

    @Test
    void aTokenIsRenewedBeforeItExpiresAndOnlyOnce() throws Exception {
        loggedIn(0);
        oidc.answers.add(oidc.tokens("olga2", 600, "r-2"));
        List<CompletableFuture<CliRun>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(CompletableFuture.supplyAsync(this::call, Thread.ofVirtual()::start));
        }
        for (CompletableFuture<CliRun> call : calls) {
            assertThat(call.get().exitCode()).as(call.get().err()).isZero();
        }
        assertThat(oidc.forms).hasSize(1);
        assertThat(oidc.forms.getLast()).containsEntry("refresh_token", "r-1");
        assertThat(Files.readString(FILE)).contains("r-2").doesNotContain("r-1");
        assertThat(whoami().out()).contains("olga2");
    }

    @Test
    void aLoginThatIsOverSaysHowToBeginAnother() throws IOException {
        loggedIn(0);
        oidc.answers.add(DeviceServer.refusal("invalid_grant"));
        assertThat(call().err()).contains("is over (invalid_grant: because)", "finetide login --issuer " + oidc.url());
        oidc.answers.add(new DeviceServer.Answer(503, ""));
        assertThat(call().err()).contains("cannot be renewed now", "503");
        assertThat(received).isEmpty();
    }

    @Test
    void aServerThatIsAwayIsForgivenWhileTheTokenIsValid() throws IOException {
        loggedIn(30);
        oidc.close();
        assertThat(call().exitCode()).isZero();
    }

    @Test
    void anIdTokenIsSentWhereTheAccessTokenCannotBeChecked() {
        String id = oidc.token("olga", 600);
        oidc.answers.add(new DeviceServer.Answer(
                200, "{\"access_token\": \"opaque\", \"id_token\": \"%s\", \"expires_in\": 600}".formatted(id)));
        assertThat(login().out()).contains("gave none to renew it with");
        call();
        assertThat(received).containsExactly("Bearer " + id);
    }

    @Test
    void aTokenThatTheUserNamesWins() throws IOException {
        loggedIn(600);
        Path token = Files.writeString(directory.resolve("token"), "a-token");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
        call("--token-file", token.toString());
        assertThat(received).containsExactly("Bearer a-token");
        assertThat(whoami("--token-file", token.toString()).out()).contains("--token-file");
    }

    @Test
    void noTokenLeavesThisMachineInPlainText() throws IOException {
        loggedIn(600);
        assertThat(callTo("training.example.com:9101").err()).contains("https://");
        assertThat(received).isEmpty();
    }

    @Test
    void aFileThatOthersMayReadIsNotUsed() throws IOException {
        loggedIn(600);
        Files.setPosixFilePermissions(FILE, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(call().err()).contains("rw-r--r--", "log in again").doesNotContain("eyJ");
        assertThat(received).isEmpty();
    }

    @Test
    void aLogoutEndsTheTokenHereAndThere() throws IOException {
        loggedIn(600);
        CliRun logout = CliRun.of("logout");
        assertThat(logout.out()).contains("Logged out of " + oidc.url());
        assertThat(oidc.revoked).containsExactly("r-1");
        assertThat(Files.readString(FILE)).doesNotContain("eyJ", "r-1");
        assertThat(call().err()).contains("finetide login");
    }

    @Test
    @EnabledIf("dev.finetide.embedded.RealOidcServer#isBuilt")
    void aRealServerLetsItsUserInAndOut() throws Exception {
        try (RealOidcServer server =
                RealOidcServer.start(FreePorts.pick(1).getFirst(), Duration.ofSeconds(4), "default:submitter")) {
            CompletableFuture<CliRun> denied = begun(server, false);
            assertThat(denied.get().err()).contains("the login was denied");
            CompletableFuture<CliRun> login = begun(server, true);
            assertThat(login.get().exitCode()).as(login.get().err()).isZero();
            assertThat(call().exitCode()).isZero();
            await().atMost(Duration.ofMinutes(3))
                    .pollInterval(Duration.ofSeconds(1))
                    .untilAsserted(() -> {
                        assertThat(call().exitCode()).isZero();
                        assertThat(received.getLast()).as("a renewed token").isNotEqualTo(received.getFirst());
                    });
            assertThat(whoami().out()).contains("olga", server.issuer());
            assertThat(CliRun.of("logout").out()).contains("Logged out of " + server.issuer());
            assertThat(call().err()).contains("finetide login");
        }
    }

    /// Begins a login, and answers the server's question in its forms.
    private CompletableFuture<CliRun> begun(RealOidcServer server, boolean allows) throws Exception {
        StringWriter out = new StringWriter();
        CompletableFuture<CliRun> login = CompletableFuture.supplyAsync(
                () -> CliRun.printingTo(
                        out, "login", "--issuer", server.issuer(), "--client-id", RealOidcServer.CLIENT),
                Thread.ofVirtual()::start);
        Pattern code = Pattern.compile("the code ([A-Z-]+)");
        await().atMost(Duration.ofMinutes(3))
                .until(() -> code.matcher(out.toString()).find());
        Matcher found = code.matcher(out.toString());
        assertThat(found.find()).isTrue();
        server.answer(found.group(1), allows);
        return login;
    }
}

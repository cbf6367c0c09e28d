package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.endpoint.ChatServer.question;
import static dev.finetide.worker.evaluate.endpoint.ChatServer.saying;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.worker.evaluate.endpoint.ChatServer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kills a process with SIGKILL while it pays for answers: first in the middle of an endpoint's arm, then in the middle
/// of a judge. At most the requests that were open are asked again.
@Timeout(600)
class PaidAnswersTest {
    @TempDir
    Path directory;

    @Test
    void aKilledWorkerLosesNoMoreThanItsOpenRequests() throws Exception {
        try (ChatServer server = new ChatServer((number, request) -> saying("A"))) {
            killedAfter(7, server);
            int ofArm = server.requests.size();
            killedAfter(PaidWorker.ROWS + 4, server);

            Process last = worker(server);
            assertThat(last.waitFor(4, TimeUnit.MINUTES)).isTrue();
            assertThat(last.exitValue()).isZero();

            List<String> asked =
                    server.requests.stream().map(PaidAnswersTest::text).toList();
            long different = asked.stream().distinct().count();
            assertThat(different).as("questions to the arm and to the judge").isEqualTo(PaidWorker.ROWS * 3L);
            assertThat(asked)
                    .as("with %s asked before the first kill", ofArm)
                    .hasSizeLessThanOrEqualTo(PaidWorker.ROWS * 3 + 2 * PaidWorker.AT_ONCE)
                    .hasSizeGreaterThan(PaidWorker.ROWS * 3);
        }
    }

    private static String text(JsonNode request) {
        return request.path("messages").path(0).path("content").asText() + question(request);
    }

    /// Runs a worker until so many further requests have come, the last of which gets no answer, and kills it.
    private void killedAfter(int requests, ChatServer server) throws Exception {
        int before = server.requests.size();
        CountDownLatch reached = new CountDownLatch(1);
        server.behave((number, request) -> {
            if (number - before > requests - PaidWorker.AT_ONCE) {
                if (number - before >= requests) {
                    reached.countDown();
                }
                return ChatServer.SILENCE;
            }
            return saying("A");
        });
        Process worker = worker(server);
        try {
            assertThat(reached.await(4, TimeUnit.MINUTES)).isTrue();
        } finally {
            worker.destroyForcibly().waitFor();
        }
        server.behave((number, request) -> saying("A"));
    }

    private Process worker(ChatServer server) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        PaidWorker.class.getName(),
                        directory.toString(),
                        server.url())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}

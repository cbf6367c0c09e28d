package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceImplBase;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.work.v1.WorkError;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class JudgedAnswersTest {
    private final JudgedAnswers answers = new JudgedAnswers(List.of("base", "tuned", "gpt"), List.of(0, 2));

    /// A service that breaks off each stream after one update.
    private static final class Breaking extends EvaluationServiceImplBase {
        private final List<EvaluationUpdate> updates;
        private final List<Long> after = new CopyOnWriteArrayList<>();

        Breaking(List<EvaluationUpdate> updates) {
            this.updates = updates;
        }

        @Override
        public void watchEvaluation(WatchEvaluationRequest request, StreamObserver<EvaluationUpdate> observer) {
            after.add(request.getAfterSequence());
            updates.stream()
                    .filter(update -> update.getSequence() > request.getAfterSequence())
                    .findFirst()
                    .ifPresent(observer::onNext);
            observer.onError(Status.UNAVAILABLE.asRuntimeException());
        }
    }

    @Test
    void aStreamThatBreaksGoesOnWhereItWas() throws Exception {
        Breaking service = new Breaking(List.of(
                answer("base", 0, 0).toBuilder().setSequence(1).build(),
                answer("base", 2, 0).toBuilder().setSequence(4).build()));
        Server server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(service)
                .build()
                .start();
        WorkerSpec spec = WorkerSpec.newBuilder()
                .setResource("projects/p/evaluations/e")
                .setServiceEndpoint("127.0.0.1:" + server.getPort())
                .build();
        try (Trace trace = Trace.start("evaluate", Map.of());
                AttemptClient client = new AttemptClient(spec, trace)) {
            JudgedAnswers read = new JudgedAnswers(List.of("base"), List.of(0, 2));
            assertThat(read.read(client, () -> false)).isTrue();
            assertThat(read.byArm()).containsExactly(Map.entry("base", Map.of(0, "base0", 2, "base2")));
            assertThat(service.after).containsExactly(0L, 1L);
            assertThat(new JudgedAnswers(List.of("base"), List.of(9)).read(client, () -> service.after.size() > 5))
                    .as("told to stop")
                    .isFalse();
        } finally {
            server.shutdownNow();
        }
    }

    private static EvaluationUpdate answer(String arm, long row, int repeat) {
        return EvaluationUpdate.newBuilder()
                .setResult(ExampleResult.newBuilder()
                        .setArm(arm)
                        .setRow(row)
                        .setRepeat(repeat)
                        .setOutput(arm + row))
                .build();
    }

    @Test
    void aJudgeBeginsWhenEachArmThatHasNotFailedHasAnsweredTheJudgedRows() {
        assertThat(answers.take(answer("base", 0, 0))).isFalse();
        assertThat(answers.take(answer("base", 1, 0))).isFalse();
        assertThat(answers.take(answer("base", 2, 0))).isFalse();
        assertThat(answers.take(answer("tuned", 0, 0))).isFalse();
        assertThat(answers.take(answer("tuned", 0, 0).toBuilder()
                        .setResult(answer("tuned", 0, 0).getResult().toBuilder().setOutput("a later one"))
                        .build()))
                .isFalse();
        assertThat(answers.take(answer("tuned", 2, 1))).as("another draw").isFalse();
        assertThat(answers.take(answer("elsewhere", 2, 0))).isFalse();
        assertThat(answers.take(answer("tuned", 2, 0).toBuilder()
                        .setResult(answer("tuned", 2, 0).getResult().toBuilder().setProbe("memory"))
                        .build()))
                .as("a row of a probe")
                .isFalse();
        assertThat(answers.take(EvaluationUpdate.newBuilder()
                        .setJudgeReply(JudgeReply.getDefaultInstance())
                        .build()))
                .isFalse();
        assertThat(answers.take(EvaluationUpdate.newBuilder()
                        .setEvaluation(Evaluation.newBuilder()
                                .addArms(EvaluationArm.newBuilder()
                                        .setArm(Arm.newBuilder().setName("gpt"))
                                        .setError(WorkError.getDefaultInstance())))
                        .build()))
                .isFalse();
        assertThat(answers.take(answer("tuned", 2, 0))).isTrue();

        assertThat(answers.byArm())
                .containsExactly(
                        Map.entry("base", Map.of(0, "base0", 2, "base2")),
                        Map.entry("tuned", Map.of(0, "tuned0", 2, "tuned2")));
    }
}

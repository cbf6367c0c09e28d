package dev.finetide.worker.evaluate;

import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import dev.finetide.proto.worker.v1.AnsweredRows;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.JudgedRows;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.endpoint.ChatEndpoint;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import dev.finetide.worker.evaluate.judge.ArmPair;
import dev.finetide.worker.evaluate.judge.HumanLabels;
import dev.finetide.worker.evaluate.judge.Judge;
import dev.finetide.worker.evaluate.judge.JudgeListener;
import dev.finetide.worker.evaluate.judge.JudgeRows;
import dev.finetide.worker.evaluate.judge.JudgedBefore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A process that asks an endpoint as an arm, and then as a judge, and goes on where an earlier process was killed.
/// Files stand in for the broker and the service: what is in them is kept.
final class PaidWorker extends Recording implements JudgeListener {
    static final int ROWS = 20;
    static final int AT_ONCE = 3;

    private final Path answers;
    private final Path replies;
    private final List<ExampleResult> unkept = new ArrayList<>();

    private PaidWorker(Path directory) {
        this.answers = directory.resolve("answers");
        this.replies = directory.resolve("replies");
    }

    public static void main(String[] arguments) throws IOException {
        PaidWorker worker = new PaidWorker(Path.of(arguments[0]));
        Endpoint endpoint = Endpoint.newBuilder()
                .setUrl(arguments[1])
                .setModel("some-model")
                .setRequestsAtOnce(AT_ONCE)
                .build();
        EvaluationData data = EvaluationStage.data(30, ROWS, 0);
        try (CausalLm base = CausalLm.load(EvaluationStage.DEMO, EvaluationStage.OPTIONS)) {
            OutsideSources outside =
                    new OutsideSources(new EndpointKeys(Optional.empty()), Patience.USUAL, arm -> List.of());
            EvaluationStage.evaluation(base, worker.answers.getParent(), data, worker.before(), worker, outside)
                    .run(List.of(EvaluationArm.newBuilder()
                            .setArm(Arm.newBuilder()
                                    .setName("gpt")
                                    .setModel(ArmModel.ENDPOINT)
                                    .setEndpoint(endpoint))
                            .build()));
        }
        worker.judge(endpoint, data);
    }

    private void judge(Endpoint settings, EvaluationData data) throws IOException {
        List<Integer> rows = IntStream.range(0, ROWS).boxed().toList();
        Function<String, Map<Integer, String>> saying =
                text -> rows.stream().collect(Collectors.toMap(row -> row, row -> text + row));
        JudgeRows judged = new JudgeRows(
                data.rows().stream().map(SourcedRow::row).toList(),
                rows,
                Map.of("gpt", saying.apply("long "), "base", saying.apply("short ")));
        JudgeConfig config = JudgeConfig.newBuilder().setEndpoint(settings).build();
        try (ChatEndpoint endpoint = new ChatEndpoint(settings, new EndpointKeys(Optional.empty()), Patience.USUAL)) {
            new Judge(config, judged, HumanLabels.NONE, judgedBefore(), String::length, this)
                    .run(List.of(new ArmPair("gpt", "base")), endpoint);
        }
    }

    private AnsweredBefore before() throws IOException {
        BitSet rows = new BitSet();
        lines(answers).forEach(line -> rows.set(Integer.parseInt(line)));
        ClaimAttemptResponse.Builder claim = ClaimAttemptResponse.newBuilder();
        if (!rows.isEmpty()) {
            claim.addPreparations(ArmPreparation.newBuilder().setArm("gpt"))
                    .addAnswered(
                            AnsweredRows.newBuilder().setArm("gpt").setRows(ByteString.copyFrom(rows.toByteArray())));
        }
        return AnsweredBefore.of(claim.build());
    }

    private JudgedBefore judgedBefore() throws IOException {
        List<String> kept = lines(replies);
        return new JudgedBefore(List.of(judgedRows(kept, true), judgedRows(kept, false)));
    }

    private static JudgedRows judgedRows(List<String> kept, boolean first) {
        BitSet rows = new BitSet();
        kept.stream()
                .filter(line -> line.endsWith(String.valueOf(first)))
                .forEach(line -> rows.set(Integer.parseInt(line.split(" ")[0])));
        return JudgedRows.newBuilder()
                .setArm("gpt")
                .setOther("base")
                .setArmFirst(first)
                .setSettled(ByteString.copyFrom(rows.toByteArray()))
                .build();
    }

    private static List<String> lines(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    private static void append(Path file, String line) {
        try {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Takes results as a queue does that has not reached the broker: a process that dies now loses them.
    @Override
    public void onResults(List<ExampleResult> some) {
        unkept.addAll(some);
    }

    @Override
    public void awaitKept() {
        unkept.forEach(result -> append(answers, String.valueOf(result.getRow())));
        unkept.clear();
    }

    @Override
    public void onReplies(List<JudgeReply> some) {
        some.forEach(reply -> append(replies, reply.getRow() + " " + reply.getArmFirst()));
    }

    @Override
    public void onArmFailed(String arm, Throwable failure) {
        throw new IllegalStateException(failure);
    }

    @Override
    public boolean stopRequested() {
        return false;
    }
}

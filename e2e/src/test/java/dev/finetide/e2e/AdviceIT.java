package dev.finetide.e2e;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc;
import dev.finetide.proto.evaluation.v1.AdviceServiceGrpc.AdviceServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.AdviceSpec;
import dev.finetide.proto.evaluation.v1.ArmReport;
import dev.finetide.proto.evaluation.v1.CreateAdviceRequest;
import dev.finetide.proto.evaluation.v1.GetAdviceRequest;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.work.v1.State;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Advice about tasks whose best path is known.
@ExtendWith(SharedStack.Provider.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdviceIT {
    private static final List<String> THINGS = List.of("lamp", "camera", "kettle");
    private static final List<String> PLACES = List.of(
            "kitchen", "garden", "office", "cellar", "hall", "garage", "attic", "shop", "car", "tent", "boat", "train",
            "hotel", "school", "park", "barn", "tower", "store", "yard", "gym");
    private static final String ROW = "{\"prompt\":\"%s\",\"completion\":\"%s\"}";

    private java.nio.file.Path directory;
    private Finetide finetide;
    private ManagedChannel channel;

    @BeforeAll
    void start(SharedStack shared, @TempDir java.nio.file.Path temp) {
        directory = temp;
        finetide = shared.stack().finetide();
        channel = shared.stack().channel("eval-service");
    }

    @AfterAll
    void close() {
        channel.shutdownNow();
    }

    @Test
    void contradictingLabelsAreNotTrained() throws Exception {
        push(
                "contradicting",
                IntStream.range(0, 48)
                        .mapToObj(i -> ROW.formatted(question(i % 24), i < 24 ? "yes" : "no"))
                        .toList(),
                IntStream.range(24, 34)
                        .mapToObj(i -> ROW.formatted(question(i), "yes"))
                        .toList());
        Advice advice = advise("contradicting");
        assertThat(advice.getRuns(0).getLeftOut()).startsWith("48 of 48 train rows");
        assertThat(advice.getReport().getRecommendation().getAdvice()).startsWith("Do not train on these rows");
        assertThat(advice.getReport().getArmsList())
                .extracting(ArmReport::getPath)
                .containsOnly(Path.PROMPT, Path.FEW_SHOT);
    }

    @Test
    void anArbitraryOutputFormatIsTrained() throws Exception {
        push(
                "format",
                IntStream.range(0, 45).mapToObj(AdviceIT::formatted).toList(),
                IntStream.range(45, 60).mapToObj(AdviceIT::formatted).toList());
        Advice advice = advise("format");
        assertThat(advice.getReport().getRecommendation().getArm())
                .as("%s", advice.getReport().getRecommendation())
                .isEqualTo("tuned");
        assertThat(advice.getReport().getRecommendation().getPath()).isEqualTo(Path.LORA);
        assertThat(advice.getRuns(0).getEstimate().getSeconds()).isPositive();
        assertThat(advice.getReport().getArmsList())
                .extracting(ArmReport::getArm)
                .containsExactly("base", "instruction", "few-shot", "tuned", "tuned-few-shot");
    }

    private static String question(int i) {
        return "Is the %s in the %s?"
                .formatted(THINGS.get(i % THINGS.size()), PLACES.get(i / THINGS.size() % PLACES.size()));
    }

    /// Returns a row whose answer has a form that no text has: a word twice, and the thing. The base has learnt to copy
    /// things, so that the form is all there is to learn.
    private static String formatted(int i) {
        return ROW.formatted(question(i), "order order " + THINGS.get(i % THINGS.size()));
    }

    private void push(String name, List<String> train, List<String> test) throws IOException, InterruptedException {
        java.nio.file.Path trainFile = directory.resolve(name + ".jsonl");
        java.nio.file.Path testFile = directory.resolve(name + "-test.jsonl");
        Files.write(trainFile, train);
        Files.write(testFile, test);
        finetide.ok("dataset", "push", name, trainFile.toString(), "--test", testFile.toString());
    }

    private Advice advise(String dataset) {
        AdviceServiceBlockingStub service = AdviceServiceGrpc.newBlockingStub(channel);
        String name = service.createAdvice(CreateAdviceRequest.newBuilder()
                        .setParent("projects/default")
                        .setSpec(AdviceSpec.newBuilder()
                                .setDatasetVersion("projects/default/datasets/" + dataset + "/versions/latest")
                                .setBase("projects/default/bases/small")
                                .setTraining(TrainingConfig.newBuilder()
                                        .setMaxSteps(100)
                                        .setBatchSize(12)
                                        .setLearningRate(0.003)))
                        .build())
                .getName();
        return await().atMost(Duration.ofMinutes(10))
                .until(
                        () -> service.getAdvice(
                                GetAdviceRequest.newBuilder().setName(name).build()),
                        advice -> {
                            assertThat(advice.getState())
                                    .as("%s", advice.getError())
                                    .isNotIn(State.FAILED, State.CANCELLED);
                            return advice.getState() == State.SUCCEEDED;
                        });
    }
}

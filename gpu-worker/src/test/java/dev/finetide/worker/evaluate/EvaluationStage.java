package dev.finetide.worker.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// An evaluation without services: rows about parcels, invoices and refunds, and arms over a base.
final class EvaluationStage {
    static final EngineOptions OPTIONS = EngineOptions.defaults().withThreads(2);
    static final Path DEMO = Path.of("../demo/base");
    static final List<String> TOPICS = List.of("delivery", "billing", "returns");
    private static final OutsideSources NOTHING_OUTSIDE =
            new OutsideSources(new EndpointKeys(Optional.empty()), Patience.USUAL, arm -> List.of());
    private static final List<String> WORDS = List.of("parcel", "invoice", "refund");

    private EvaluationStage() {}

    static String row(int i) {
        return "{\"prompt\":\"My %s number %d is late.\",\"completion\":\"%s\"}"
                .formatted(WORDS.get(i % 3), i, TOPICS.get(i % 3));
    }

    static EvaluationData data(int train, int asked, int validation) {
        List<TextRow> rows =
                IntStream.range(0, train).mapToObj(i -> TextRow.parse(row(i))).toList();
        return data(rows, asked, validation);
    }

    static EvaluationData data(List<TextRow> train, int asked, int validation) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.newBuilder().build(),
                train.stream().map(RowTexts::userText).toList(),
                train.stream().map(RowTexts::answer).toList());
        return new EvaluationData(
                "test",
                IntStream.range(1000, 1000 + asked)
                        .mapToObj(i -> SourcedRow.parse(row(i)))
                        .toList(),
                train,
                IntStream.range(2000, 2000 + validation)
                        .mapToObj(i -> TextRow.parse(row(i)))
                        .toList(),
                measuring,
                8,
                0);
    }

    static EvaluationArm arm(String name, Prompting... promptings) {
        return EvaluationArm.newBuilder()
                .setArm(Arm.newBuilder().setName(name).setModel(ArmModel.BASE).addAllPromptings(List.of(promptings)))
                .build();
    }

    static Prompting examples(int count, ExampleChoice choice) {
        return Prompting.newBuilder()
                .setExamples(Examples.newBuilder().setCount(count).setChoice(choice))
                .build();
    }

    static AnsweredBefore nothing() {
        return AnsweredBefore.of(ClaimAttemptResponse.getDefaultInstance());
    }

    static Recording run(CausalLm base, Path models, EvaluationData data, EvaluationArm... arms) {
        Recording recording = new Recording();
        assertThat(evaluation(base, models, data, nothing(), recording).run(List.of(arms)))
                .isTrue();
        return recording;
    }

    /// @param models directory whose folders are the models of arms, by digest
    static Evaluation evaluation(
            CausalLm base, Path models, EvaluationData data, AnsweredBefore before, EvaluationListener listener) {
        return evaluation(base, models, data, before, listener, NOTHING_OUTSIDE);
    }

    static Evaluation evaluation(
            CausalLm base,
            Path models,
            EvaluationData data,
            AnsweredBefore before,
            EvaluationListener listener,
            OutsideSources outside) {
        ArmModels opened = new ArmModels(base, OPTIONS, Instant.EPOCH, arm -> models.resolve(arm.getDigest()), outside);
        return new Evaluation(opened, data, before, listener, PassageSources.NONE);
    }

    /// @param passages where arms look passages up
    static Evaluation evaluation(
            CausalLm base,
            Path models,
            EvaluationData data,
            AnsweredBefore before,
            EvaluationListener listener,
            PassageSources passages) {
        ArmModels opened =
                new ArmModels(base, OPTIONS, Instant.EPOCH, arm -> models.resolve(arm.getDigest()), NOTHING_OUTSIDE);
        return new Evaluation(opened, data, before, listener, passages);
    }
}

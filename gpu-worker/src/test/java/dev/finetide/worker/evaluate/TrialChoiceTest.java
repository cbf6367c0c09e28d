package dev.finetide.worker.evaluate;

import static dev.finetide.worker.evaluate.EvaluationStage.arm;
import static dev.finetide.worker.evaluate.EvaluationStage.data;
import static dev.finetide.worker.evaluate.EvaluationStage.examples;
import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.TextRow;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialChoiceTest {
    @TempDir
    static Path temp;

    private static CausalLm base;

    @BeforeAll
    static void load() {
        base = CausalLm.load(EvaluationStage.DEMO, EvaluationStage.OPTIONS);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    private static Recording run(EvaluationData data, EvaluationArm... arms) {
        return EvaluationStage.run(base, temp, data, arms);
    }

    @Test
    void theBestPromptingOnValidationRowsIsTaken() {
        Prompting misleading = Prompting.newBuilder()
                .setInstruction("zebra zebra zebra zebra zebra zebra zebra")
                .build();
        EvaluationData data = withPrimary("loss", data(30, 4, 7));

        Recording recording =
                run(data, arm("arm", misleading, Prompting.getDefaultInstance(), examples(6, ExampleChoice.SIMILAR)));

        ArmPreparation preparation = recording.preparations.get("arm");
        assertThat(recording.events)
                .containsExactly(
                        "tried arm, instruction",
                        "tried arm, as trained",
                        "tried arm, 6 similar examples",
                        "prepared arm",
                        "results arm");
        assertThat(preparation.getTrialsList())
                .extracting(trial -> trial.getDescription())
                .containsExactly("instruction", "as trained", "6 similar examples");
        List<Double> losses = preparation.getTrialsList().stream()
                .map(trial -> trial.getScore())
                .toList();
        assertThat(losses.get(preparation.getChosen()))
                .isEqualTo(losses.stream().min(Double::compare).orElseThrow())
                .isLessThan(losses.stream().max(Double::compare).orElseThrow());
        assertThat(preparation.getTrialRows()).isEqualTo(7);
        assertThat(preparation.getTrialSource()).isEqualTo("validation split");
        assertThat(preparation.getPrompting())
                .isEqualTo(PromptingTexts.filled(
                        List.of(misleading, Prompting.getDefaultInstance(), examples(6, ExampleChoice.SIMILAR))
                                .get(preparation.getChosen()),
                        ""));
        assertThat(recording.of("arm")).hasSize(4);
    }

    @Test
    void aPromptingThatCannotAskIsNotChosen() {
        Prompting endless =
                Prompting.newBuilder().setInstruction("Answer. ".repeat(400)).build();
        ArmPreparation preparation = run(data(30, 4, 0), arm("arm", endless, Prompting.getDefaultInstance()))
                .preparations
                .get("arm");

        assertThat(preparation.getChosen()).isEqualTo(1);
        assertThat(preparation.getTrials(0).getScore()).isNaN();
        assertThat(preparation.getTrialSource()).isEqualTo("train rows kept apart");
        assertThat(preparation.getTrialRows()).isEqualTo(6);
    }

    @Test
    void promptingsAreTriedOnRowsThatAllOfThemCanAsk() {
        List<TextRow> train = new ArrayList<>(data(29, 1, 0).train());
        train.add(TextRow.parse("{\"prompt\":\"%s\",\"completion\":\"billing\"}".formatted("late ".repeat(600))));
        EvaluationData data = data(train, 2, 0);
        assertThat(TrialRows.of(data, new ExamplePool(train, false)).rows().size())
                .isEqualTo(6);
        EvaluationData onTrain =
                new EvaluationData(data.split(), data.rows(), train, train, data.measuring(), data.maxNewTokens(), 0);

        Recording recording =
                run(onTrain, arm("arm", Prompting.getDefaultInstance(), examples(2, ExampleChoice.SIMILAR)));

        assertThat(recording.failures).isEmpty();
        assertThat(recording.preparations.get("arm").getTrialRows()).isEqualTo(29);
        assertThat(recording.preparations.get("arm").getTrialsList())
                .allSatisfy(trial -> assertThat(trial.getScore()).isBetween(0.0, 1.0));
    }

    private static EvaluationData withPrimary(String metric, EvaluationData data) {
        Measuring measuring = Measuring.of(
                EvaluationConfig.newBuilder().setPrimaryMetric(metric).build(),
                data.train().stream().map(RowTexts::userText).toList(),
                data.train().stream().map(RowTexts::answer).toList());
        return new EvaluationData(
                data.split(), data.rows(), data.train(), data.validation(), measuring, data.maxNewTokens(), 0);
    }
}

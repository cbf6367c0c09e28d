package dev.finetide.sft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ValidationTest {
    private static final List<TokenizedRow> ROWS = TinyModel.rows(20, 30);
    private static final List<TokenizedRow> HELD_OUT = TinyModel.rows(28, 30).subList(20, 28);

    @TempDir
    Path temp;

    /// Random rows cannot be learnt: the validation loss rises soon.
    private static SftConfig.Builder overfitting(ValidationConfig validation) {
        return SftConfig.forFull()
                .learningRate(2e-2)
                .schedule(SftConfig.Schedule.CONSTANT)
                .batchSize(6)
                .epochs(8)
                .checkpointEverySteps(3)
                .validation(validation);
    }

    private TrainResult train(SftConfig config, String checkpoints, String out, RunRecorder recorder) {
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            TrainResult result = SftTrainer.train(lm, ROWS, HELD_OUT, config, temp.resolve(checkpoints), recorder);
            result.save(temp.resolve(out), "base");
            return result;
        }
    }

    private ValidationReport score(String model) {
        try (CausalLm lm =
                CausalLm.load(temp.resolve(model), EngineOptions.defaults().withThreads(2))) {
            return new Validation(HELD_OUT, ValidationConfig.DEFAULT, 1).evaluate(1, new Scorer(lm));
        }
    }

    @Test
    void heldOutRowsAreScoredEverySoManyStepsAndAtTheEnd() {
        SftConfig config = SftConfig.forLora()
                .batchSize(6)
                .maxSteps(11)
                .validation(new ValidationConfig(4, 0, 0, ValidationConfig.Result.LAST))
                .build();
        RunRecorder recorder = new RunRecorder(-1);
        TrainResult result = train(config, "a", "adapter", recorder);
        assertThat(recorder.validations).extracting(ValidationReport::step).containsExactly(4, 8, 11);
        assertThat(result.resultStep()).isEqualTo(11);
        assertThat(result.outcome()).isEqualTo(TrainResult.Outcome.FINISHED);
        ValidationReport last = recorder.validations.getLast();
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            lm.attach(temp.resolve("adapter"));
            ValidationReport saved = new Validation(HELD_OUT, ValidationConfig.DEFAULT, 1).evaluate(1, new Scorer(lm));
            assertThat(saved.loss()).isCloseTo(last.loss(), Offset.offset(1e-6));
            assertThat(saved.tokenAccuracy()).isEqualTo(last.tokenAccuracy());
        }
    }

    @Test
    void byDefaultEachEpochEndsWithAnEvaluationAndTrainingIsNotChangedByIt() {
        RunRecorder with = new RunRecorder(-1);
        train(overfitting(ValidationConfig.DEFAULT).build(), "a", "out", with);
        assertThat(with.validations).extracting(ValidationReport::step).containsExactly(4, 8, 12, 16, 20, 24, 28, 32);
        RunRecorder without = new RunRecorder(-1);
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 2)) {
            SftTrainer.train(lm, ROWS, overfitting(ValidationConfig.DEFAULT).build(), temp.resolve("b"), without);
        }
        assertThat(with.losses()).isEqualTo(without.losses());
    }

    @Test
    void aRunWithoutGainStopsEarlyAndEndsWithItsBestWeights() {
        SftConfig config = overfitting(new ValidationConfig(2, 3, 0, ValidationConfig.Result.BEST))
                .build();
        RunRecorder recorder = new RunRecorder(-1);
        TrainResult result = train(config, "c", "best", recorder);
        assertThat(result.outcome()).isEqualTo(TrainResult.Outcome.STOPPED_EARLY);
        assertThat(result.interrupted()).isFalse();
        ValidationReport best = recorder.validations.get(recorder.validations.size() - 4);
        assertThat(best.best()).isTrue();
        assertThat(result.resultStep()).isEqualTo(best.step()).isLessThan(result.steps());
        assertThat(result.validation().bestLoss()).isEqualTo(best.loss());
        assertThat(score("best").loss()).isCloseTo(best.loss(), Offset.offset(1e-6));
        RunRecorder again = new RunRecorder(-1);
        assertThat(train(config, "c", "again", again).outcome()).isEqualTo(TrainResult.Outcome.STOPPED_EARLY);
        assertThat(again.reports).isEmpty();
        assertThat(temp.resolve("again/model.safetensors"))
                .hasSameBinaryContentAs(temp.resolve("best/model.safetensors"));
    }

    @Test
    void anInterruptedRunStopsAtTheSameStepWithTheSameBest() throws IOException {
        SftConfig config = overfitting(new ValidationConfig(2, 3, 1e-4, ValidationConfig.Result.BEST))
                .build();
        RunRecorder whole = new RunRecorder(-1);
        TrainResult expected = train(config, "d", "whole", whole);
        List<ValidationReport> pieces = new ArrayList<>();
        TrainResult result;
        do {
            RunRecorder piece = new RunRecorder(3);
            result = train(config, "e", "pieces", piece);
            pieces.addAll(piece.validations);
        } while (result.interrupted());
        assertThat(pieces)
                .extracting(ValidationReport::loss)
                .isEqualTo(
                        whole.validations.stream().map(ValidationReport::loss).toList());
        assertThat(result.resultStep()).isEqualTo(expected.resultStep());
        assertThat(temp.resolve("pieces/model.safetensors"))
                .hasSameBinaryContentAs(temp.resolve("whole/model.safetensors"));
    }

    @Test
    void settingsThatNeedHeldOutRowsAreRefusedWithoutThem() {
        SftConfig config = overfitting(new ValidationConfig(2, 3, 0, ValidationConfig.Result.BEST))
                .build();
        try (CausalLm lm = TinyModel.create(temp.resolve("base"), 1)) {
            assertThatThrownBy(() -> SftTrainer.train(lm, ROWS, config, temp, report -> {}))
                    .hasMessageContaining("expected nothing without held-out rows");
        }
    }
}

package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.SuitabilityVerdict;
import dev.finetide.proto.evaluation.v1.Path;
import dev.finetide.proto.evaluation.v1.Recommendation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForecastCheckTest {
    @ParameterizedTest
    @CsvSource({
        "FITS, LORA, 1, 0",
        "FITS_WITH_CAUTION, FULL_RETRIEVAL, 1, 0",
        "FITS, FEW_SHOT, 0, 1",
        "PREFER_PROMPTING, PROMPT, 1, 0",
        "PREFER_PROMPTING, LORA, 0, 1",
        "PREFER_FEW_SHOT, FEW_SHOT, 1, 0",
        "PREFER_RETRIEVAL, RETRIEVAL, 1, 0",
        "PREFER_RETRIEVAL, PROMPT, 0, 1",
        "PREFER_FUNCTION_CALLS, PROMPT, 1, 0",
        "PREFER_LINEAR_MODEL, LINEAR_MODEL, 1, 0",
        "MEND_FIRST, PATH_UNSPECIFIED, 1, 0",
        "MEND_FIRST, LORA, 0, 1",
        "NOT_MEASURABLE, LORA, 0, 0"
    })
    void aForecastIsAReasonWhereItWasRightAndACautionWhereNot(Fitness forecast, Path path, int reasons, int cautions) {
        Recommendation checked = ForecastCheck.checked(
                Recommendation.newBuilder().setPath(path).build(),
                SuitabilityVerdict.newBuilder()
                        .setFitness(forecast)
                        .setSentence("So it is.")
                        .build());
        assertThat(checked.getReasonsCount()).isEqualTo(reasons);
        assertThat(checked.getCautionsCount()).isEqualTo(cautions);
        checked.getCautionsList()
                .forEach(caution -> assertThat(caution)
                        .isEqualTo("measurement and forecast disagree: the report on the rows says \"So it is.\""));
    }

    @ParameterizedTest
    @CsvSource({
        "FITS, LORA, the same",
        "PREFER_FEW_SHOT, FEW_SHOT, the same",
        "PREFER_FUNCTION_CALLS, PROMPT, no training",
        "PREFER_FEW_SHOT, PROMPT, no training",
        "MEND_FIRST, FEW_SHOT, no training"
    })
    void onlyTheVeryPathIsCalledTheSame(Fitness forecast, Path path, String words) {
        Recommendation checked = ForecastCheck.checked(
                Recommendation.newBuilder().setPath(path).build(),
                SuitabilityVerdict.newBuilder().setFitness(forecast).build());

        assertThat(checked.getReasons(0)).contains("forecast " + words);
    }
}

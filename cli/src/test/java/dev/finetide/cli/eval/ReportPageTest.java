package dev.finetide.cli.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.cli.output.Wrapped;
import dev.finetide.cli.platform.Reports;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.Score;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ReportPageTest {
    private static String printed(ReportPage page) {
        StringWriter out = new StringWriter();
        page.print(new PrintWriter(out, true));
        return out.toString();
    }

    @Test
    void thePageShowsScoresCostsComparisonsAndTheRecommendation() {
        assertThat(printed(new ReportPage(Reports.rich(), 2.5))).isEqualToNormalizingNewlines("""
                ARM       ROWS  ACCURACY              MACRO_F1  LOSS
                base      150   0.000 [0.000, 0.025]  0.000     4.125
                few-shot  150   0.820 [0.751, 0.873]  0.801     0.912
                long      0     failed                -         -
                tuned     150   0.940 [0.890, 0.968]  0.930     0.210

                ARM       TOKENS IN  OUT  P50 S  P95 S  REQUESTS/S  PRICE OF 1,000  TRAINED            PRICE
                base      45         16   0.31   0.42   12.5        0.0556          -                  -
                few-shot  620        5    0.90   1.20   3.00        0.23            -                  -
                long      -          -    -      -      -           -               -                  -
                tuned     45         5    0.12   0.20   25.0        0.0278          10:05 min, 3.6 GB  0.42

                base: 150 rows had an answer that was cut
                few-shot: 2 rows lacked 3 examples that did not fit
                long failed: the instruction has 9,000 tokens, the base reads 2,048
                tuned has paid for its training after 2,063 requests, by computing time alone

                By accuracy, with 95 % intervals
                  few-shot better than base by 0.820 [0.750, 0.873]; 123 rows won, 0 lost
                  few-shot not distinguishable from tuned: difference -0.040 [-0.090, 0.010]; 3 rows won, 9 lost;
                    about 900 rows would tell
                  tuned better than base by 0.940 [0.890, 0.968]; 141 rows won, 0 lost
                150 rows show a difference of 0.071 or more (with 80 % power). This is evaluation 3 of these rows;
                the more often they decide, the less they say about new ones.
                few-shot confuses most often refund -> billing (5)

                Slices that say something else, of 2 slices
                  - tag region = north, 30 rows: tuned worse than base by 0.700 [-0.840, -0.480]

                What to do: Ask the base with 8 similar examples in its prompt (few-shot); do not train.
                Why
                  - few-shot 0.820 [0.751, 0.873]: no arm is better where the interval says so, and it needs no
                    training.
                What would change the answer
                  - About 900 rows would tell few-shot from tuned.
                But look at
                  - tag region north (30 rows): tuned is worse than base by 0.700
                """);
    }

    @Test
    void aReportOfManyMetricsStaysWithinTheWidthOfAPage() {
        EvaluationReport.Builder report = Reports.rich().toBuilder();
        for (String metric :
                new String[] {"exact_match", "normalized_match", "token_f1", "rouge_1", "rouge_2", "chrf"}) {
            report.addMetrics(metric);
            report.getArmsBuilderList()
                    .forEach(arm -> arm.putScores(
                            metric, Score.newBuilder().setValue(0.5).build()));
        }

        assertThat(printed(new ReportPage(report.build())).lines())
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(Wrapped.WIDTH))
                .anySatisfy(line -> assertThat(line).startsWith("ARM").contains("CHRF"));
    }

    @Test
    void anArmWithoutNumbersHasNone() {
        assertThat(printed(new ReportPage(EvaluationReport.newBuilder()
                        .addMetrics("accuracy")
                        .addArms(Reports.rich().getArms(2))
                        .build())))
                .contains("long  0     failed", "long failed: the instruction has 9,000 tokens");
    }
}

package dev.finetide.metrics.calls;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.metrics.Golden;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Compares verdicts with those of the Berkeley leaderboard's own checker, `ast_checker` of bfcl-eval
/// 2026.3.23, on 4,000 answers to its rows: right ones, and ones that are changed in one way.
class BerkeleyAgreementTest {
    @Test
    void verdictsAreThoseOfTheLeaderboardExceptForNumberFormsAndDefaults() throws IOException {
        if (!Files.isDirectory(BerkeleyCases.DATA)) {
            System.out.println("skipped: " + BerkeleyCases.DATA + " is not there");
            Assumptions.abort("no shared/data/bfcl");
        }
        List<BerkeleyCases.Case> cases = new BerkeleyCases().all(BerkeleyCases.rows());
        JsonNode golden = Golden.read("bfcl");
        String verdicts = golden.get("verdicts").textValue();
        if (!BerkeleyCases.digest(cases).equals(golden.get("cases_sha256").textValue())) {
            System.out.println("skipped: the rows of " + BerkeleyCases.DATA + " are not those of the golden");
            Assumptions.abort("other rows in shared/data/bfcl");
        }

        Map<String, Integer> onlyRightHere = new TreeMap<>();
        Map<String, Integer> onlyRightThere = new TreeMap<>();
        int right = 0;
        for (int i = 0; i < cases.size(); i++) {
            boolean here = isRight(cases.get(i));
            boolean there = verdicts.charAt(i) == '1';
            right += here && there ? 1 : 0;
            if (here != there) {
                (here ? onlyRightHere : onlyRightThere).merge(cases.get(i).change(), 1, Integer::sum);
            }
        }

        assertThat(verdicts).hasSize(cases.size()).matches("[01]+");
        assertThat(onlyRightThere).isEmpty();
        // The leaderboard wants 5 for an integer and not 5.0, and knows no defaults. The two texts belong to a
        // call that itself lacks a required argument, which no answer can give.
        assertThat(onlyRightHere)
                .isEqualTo(Map.of(
                        "NUMBER_WITH_POINT",
                        143,
                        "DEFAULT_OF_THE_TOOL",
                        7,
                        "MISSING_ARGUMENT",
                        5,
                        "TEXT_IN_CAPITALS",
                        1,
                        "TEXT_WITH_MARKS",
                        1));
        System.out.printf(
                "bfcl: %d answers, seed %d: %d right here and there, %d only here%n",
                cases.size(),
                BerkeleyCases.SEED,
                right,
                onlyRightHere.values().stream().mapToInt(Integer::intValue).sum());
    }

    private static boolean isRight(BerkeleyCases.Case made) {
        StringBuilder reply = new StringBuilder();
        for (ObjectNode call : made.answer()) {
            reply.append("<tool_call>\n").append(call).append("\n</tool_call>\n");
        }
        return ExpectedCalls.of(
                                made.row().acceptable().toString(),
                                Tools.of(made.row().tools().toString()))
                        .best(CallConvention.HERMES.read(reply.toString()), CallMatching::whole)
                == 1;
    }
}

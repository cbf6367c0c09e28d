package dev.finetide.cli.eval.page;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc.EvaluationServiceBlockingStub;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The answers of an evaluation that has ended, by row and arm. Of an arm that draws its examples at random, the
/// answers of the first draw.
///
/// @param byRow answers by row and by the arm's name
public record Answers(Map<Long, Map<String, ExampleResult>> byRow) {
    /// The most characters of a text that are kept: a page shows the beginning of long texts.
    static final int MOST_CHARACTERS = 4_000;

    /// Reads all answers.
    public static Answers of(Services services, String evaluation) {
        Reading reading = new Reading(evaluation);
        services.evaluations().follow(reading);
        return new Answers(reading.byRow);
    }

    /// Returns the answers of one arm in the order of the rows.
    List<ExampleResult> of(String arm) {
        return byRow.values().stream()
                .flatMap(row -> Optional.ofNullable(row.get(arm)).stream())
                .toList();
    }

    static ExampleResult shortened(ExampleResult result) {
        ExampleResult.Builder shorter = result.toBuilder()
                .setPrompt(shortened(result.getPrompt()))
                .setExpected(shortened(result.getExpected()))
                .setOutput(shortened(result.getOutput()));
        if (result.hasAnswer()) {
            shorter.setAnswer(shortened(result.getAnswer()));
        }
        return shorter.build();
    }

    private static String shortened(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + " …";
    }

    private static final class Reading
            implements ServiceClient.Resumable<EvaluationServiceBlockingStub, EvaluationUpdate> {
        private final String evaluation;
        private final Map<Long, Map<String, ExampleResult>> byRow = new TreeMap<>();
        private long last;

        Reading(String evaluation) {
            this.evaluation = evaluation;
        }

        @Override
        public Iterator<EvaluationUpdate> open(EvaluationServiceBlockingStub stub) {
            return stub.watchEvaluation(WatchEvaluationRequest.newBuilder()
                    .setName(evaluation)
                    .setAfterSequence(last)
                    .build());
        }

        @Override
        public boolean on(EvaluationUpdate update) {
            last = update.getSequence();
            if (update.hasResult() && update.getResult().getRepeat() == 0) {
                byRow.computeIfAbsent(update.getResult().getRow(), _ -> new HashMap<>())
                        .put(update.getResult().getArm(), shortened(update.getResult()));
            }
            return false;
        }

        /// The service ends the stream of an evaluation that has ended.
        @Override
        public boolean onEnd() {
            return true;
        }
    }
}

package dev.finetide.worker;

import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.worker.v1.ExampleResults;
import java.util.ArrayList;
import java.util.List;

/// Groups results into reports that a Kafka broker accepts: its limit is 1 MiB for a record.
final class ResultBatches {
    /// The largest batch in bytes, which leaves room for the report's own fields and the record's headers.
    private static final int LARGEST_BATCH = 512 << 10;

    private static final int LARGEST_TEXT = 64 << 10;

    private ResultBatches() {}

    /// Returns batches in the order of the results.
    static List<ExampleResults> of(List<ExampleResult> results) {
        List<ExampleResults> batches = new ArrayList<>();
        ExampleResults.Builder batch = ExampleResults.newBuilder();
        long bytes = 0;
        for (ExampleResult result : results) {
            ExampleResult shown = shown(result);
            if (batch.getResultsCount() > 0 && bytes + shown.getSerializedSize() > LARGEST_BATCH) {
                batches.add(batch.build());
                batch.clear();
                bytes = 0;
            }
            batch.addResults(shown);
            bytes += shown.getSerializedSize();
        }
        if (batch.getResultsCount() > 0) {
            batches.add(batch.build());
        }
        return batches;
    }

    /// Returns the result with long texts cut to their beginning: a prompt may be as long as the base's context.
    private static ExampleResult shown(ExampleResult result) {
        if (result.getSerializedSize() <= LARGEST_TEXT) {
            return result;
        }
        ExampleResult.Builder shown = result.toBuilder()
                .setPrompt(beginning(result.getPrompt()))
                .setExpected(beginning(result.getExpected()))
                .setOutput(beginning(result.getOutput()))
                .setSentPrompt(beginning(result.getSentPrompt()));
        if (result.hasAnswer()) {
            shown.setAnswer(beginning(result.getAnswer()));
        }
        ExampleResult cut = shown.build();
        return cut.equals(result) ? result : cut.toBuilder().setTextsCut(true).build();
    }

    private static String beginning(String text) {
        ByteString utf8 = ByteString.copyFromUtf8(text);
        int end = Math.min(LARGEST_TEXT, utf8.size());
        while (end < utf8.size() && (utf8.byteAt(end) & 0xC0) == 0x80) {
            end--;
        }
        return utf8.substring(0, end).toStringUtf8();
    }
}

package dev.finetide.worker;

import com.google.protobuf.ByteString;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.worker.v1.ExampleResults;
import java.util.ArrayList;
import java.util.List;

/// Cuts results into reports that a Kafka broker takes, whose limit is 1 MiB a record.
final class ResultBatches {
    /// With room for the report's own fields and the record's headers.
    private static final int LARGEST_BATCH = 512 << 10;

    private static final int LARGEST_TEXT = 64 << 10;

    private ResultBatches() {}

    /// In the order of the results.
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

    /// A prompt may be as long as the base's context; of a very long text the beginning is shown.
    private static ExampleResult shown(ExampleResult result) {
        if (result.getSerializedSize() <= LARGEST_TEXT) {
            return result;
        }
        ExampleResult cut = result.toBuilder()
                .setPrompt(beginning(result.getPrompt()))
                .setExpected(beginning(result.getExpected()))
                .setOutput(beginning(result.getOutput()))
                .build();
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

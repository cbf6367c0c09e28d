package dev.finetide.metrics.match;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Settings;
import dev.finetide.metrics.Task;
import dev.finetide.metrics.json.JsonSchemaCheck;
import dev.finetide.metrics.json.JsonText;

/// Whether the answer is JSON that satisfies the evaluation's schema.
public final class JsonSchema implements Metric {
    /// The check of the schema that was used last, because reading a schema takes longer than
    /// checking a row.
    private volatile Read last;

    @Override
    public String name() {
        return "json_schema";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean suits(Task task, Settings settings) {
        return task == Task.JSON_EXTRACTION && settings.jsonSchema().isPresent();
    }

    @Override
    public double[] measure(Answered row) {
        String schema = row.settings()
                .jsonSchema()
                .orElseThrow(() -> new IllegalArgumentException("The evaluation has no JSON schema"));
        return new double[] {
            JsonText.parse(row.answer()).filter(check(schema)::accepts).isPresent() ? 1 : 0
        };
    }

    private JsonSchemaCheck check(String schema) {
        Read read = last;
        if (read == null || !read.schema.equals(schema)) {
            read = new Read(schema, JsonSchemaCheck.of(schema));
            last = read;
        }
        return read.check;
    }

    private record Read(String schema, JsonSchemaCheck check) {}
}

package dev.finetide.dataset.recipe;

import dev.finetide.dataset.tokens.RowLengths;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.DedupeStep;
import dev.finetide.proto.dataset.v1.FieldMapping;
import dev.finetide.proto.dataset.v1.FilterStep;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.MapStep;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RelabelStep;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.StepReport;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Runs the steps of a recipe over rows in memory, for tests.
final class RecipeRun implements StepInputs {
    static final String VERSION = "projects/p/datasets/d/versions/1";

    private final Path scratch;
    private final List<RecipeRow> rows = new ArrayList<>();
    String labels = "";
    List<StepReport> reports = List.of();

    RecipeRun(Path scratch) {
        this.scratch = scratch;
    }

    RecipeRun row(String split, String json, String... tags) {
        TreeMap<String, String> map = new TreeMap<>();
        for (int i = 0; i < tags.length; i += 2) {
            map.put(tags[i], tags[i + 1]);
        }
        long number = rows.stream().filter(row -> row.split().equals(split)).count() + 1;
        rows.add(new RecipeRow(
                VERSION,
                split,
                number,
                RowPlace.newBuilder().setFile(split).setLine(number).build(),
                Collections.unmodifiableSortedMap(map),
                json.getBytes(StandardCharsets.UTF_8)));
        return this;
    }

    RecipeRun prompt(String split, String prompt, String completion, String... tags) {
        return row(
                split,
                RowJson.text(RowJson.parse("{}".getBytes(StandardCharsets.UTF_8))
                        .put("prompt", prompt)
                        .put("completion", completion)),
                tags);
    }

    List<RecipeRow> run(RecipeStep... steps) throws IOException {
        return run(Recipe.newBuilder().addAllSteps(List.of(steps)).build());
    }

    List<RecipeRow> run(Recipe recipe) throws IOException {
        List<RecipeRow> left = new ArrayList<>();
        try (StepChain chain = new StepChain(scratch, (step, read) -> {})) {
            Steps.addTo(chain, recipe, this);
            chain.run(
                    sink -> {
                        for (RecipeRow row : rows) {
                            sink.add(row);
                        }
                    },
                    left::add);
            reports = chain.reports();
        }
        try (Stream<Path> files = Files.list(scratch)) {
            if (files.findAny().isPresent()) {
                throw new IllegalStateException("a temporary file is left");
            }
        }
        return left;
    }

    @Override
    public Path scratch() {
        return scratch;
    }

    @Override
    public InputStream labels(RelabelStep step) {
        return new ByteArrayInputStream(labels.getBytes(StandardCharsets.UTF_8));
    }

    /// A token is a byte.
    @Override
    public RowLengths lengths(LengthLimit limit) {
        return new RowLengths() {
            @Override
            public int tokens(byte[] canonicalJson) {
                return canonicalJson.length;
            }

            @Override
            public int limit() {
                return limit.getMaxTokens();
            }

            @Override
            public void close() {}
        };
    }

    static String json(RecipeRow row) {
        return new String(row.json(), StandardCharsets.UTF_8);
    }

    static RecipeStep filter(String expression) {
        return RecipeStep.newBuilder()
                .setFilter(FilterStep.newBuilder().setExpression(expression))
                .build();
    }

    static RecipeStep map(Map<String, String> fields) {
        MapStep.Builder step = MapStep.newBuilder();
        new TreeMap<>(fields)
                .forEach((field, expression) ->
                        step.addFields(FieldMapping.newBuilder().setField(field).setExpression(expression)));
        return RecipeStep.newBuilder().setMap(step).build();
    }

    static RecipeStep dedupe(DedupeKind kind, double threshold) {
        return RecipeStep.newBuilder()
                .setDedupe(DedupeStep.newBuilder().setKind(kind).setThreshold(threshold))
                .build();
    }
}

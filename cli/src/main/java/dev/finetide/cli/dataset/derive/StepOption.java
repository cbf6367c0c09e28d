package dev.finetide.cli.dataset.derive;

import dev.finetide.cli.dataset.LengthOptions;
import dev.finetide.proto.dataset.v1.FieldMapping;
import dev.finetide.proto.dataset.v1.FilterStep;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.MapStep;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RelabelStep;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/// One option that is a step of a recipe. The command line makes one of these for each step, in their order.
final class StepOption {
    /// Uploads a file and returns its id.
    interface Upload {
        String send(Path file) throws IOException;
    }

    @Option(names = "--filter", paramLabel = "CEL", description = "Keep the rows for which the expression is true.")
    private String filter;

    @Option(
            names = "--sample",
            paramLabel = "N|FRACTION",
            description = "Keep a random sample of each split: 1000 rows, 0.1 or 10%%.")
    private String sample;

    @Option(
            names = "--dedupe",
            paramLabel = "row|input|near[:T]",
            description =
                    "Keep the first of equal rows, of equal inputs, or of inputs that are near: a Jaccard similarity"
                            + " of at least T (0.8).")
    private String dedupe;

    @Option(
            names = "--redact",
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "KIND,...",
            description = "Replace personal data by its kind: email, phone, card, iban, ip-address, secret; all without"
                    + " a kind.")
    private String redact;

    @Option(
            names = "--max-length",
            paramLabel = "TOKENS",
            description = "Leave out rows with more tokens, or more than the base's context. Needs --base.")
    private String maxLength;

    @Option(
            names = "--map",
            paramLabel = "FIELD=CEL",
            description = "Set prompt, completion, text, answer, system or tags.NAME to the expression's value.")
    private String map;

    @Option(
            names = "--relabel",
            paramLabel = "FILE",
            description =
                    "Give rows new answers, or drop them, by their ids: JSON Lines of {\"id\", \"answer\"} or {\"id\","
                            + " \"drop\": true}.")
    private Path relabel;

    @Option(
            names = "--resplit",
            paramLabel = "RULE,...",
            description = "Give the rows new splits: validation=FRACTION, test=FRACTION, column=TAG, group=TAG,"
                    + " overlap=keep|refuse|move, separated by commas.")
    private String resplit;

    /// Returns the options of the fields that this step sets, by the field's path in RecipeStep.
    Map<String, String> optionByField() {
        if (filter != null) {
            return Map.of("filter.expression", "--filter");
        }
        if (sample != null) {
            return Map.of("sample.rows", "--sample", "sample.fraction", "--sample");
        }
        if (dedupe != null) {
            return Map.of("dedupe.threshold", "--dedupe");
        }
        if (maxLength != null) {
            return Map.of("max_length.base", "--base", "max_length.max_tokens", "--max-length");
        }
        if (map != null) {
            return Map.of("map.fields", "--map");
        }
        if (relabel != null) {
            return Map.of("relabel.uploaded_file", "--relabel");
        }
        if (resplit != null) {
            return Map.of(
                    "split.column", "--resplit",
                    "split.group_column", "--resplit",
                    "split.validation_fraction", "--resplit",
                    "split.test_fraction", "--resplit");
        }
        return Map.of("redact.kinds", "--redact");
    }

    boolean needsBase() {
        return maxLength != null;
    }

    /// @param base   resource name of the base that counts tokens; empty if none is named
    /// @param splits splits that the step changes; all when empty
    RecipeStep step(RecipeText text, String base, Upload upload, List<String> splits) throws IOException {
        RecipeStep.Builder step = RecipeStep.newBuilder();
        if (filter != null) {
            step.setFilter(FilterStep.newBuilder().setExpression(filter));
        } else if (sample != null) {
            step.setSample(text.sample(sample));
        } else if (dedupe != null) {
            step.setDedupe(text.dedupe(dedupe));
        } else if (redact != null) {
            step.setRedact(text.redact(redact));
        } else if (maxLength != null) {
            step.setMaxLength(LengthLimit.newBuilder()
                    .setBase(base)
                    .setMaxTokens(LengthOptions.tokens(maxLength, text.command()))
                    .setLeaveOut(true));
        } else if (map != null) {
            FieldMapping mapping = text.mapping(map);
            step.setMap(MapStep.newBuilder().addFields(mapping));
        } else if (relabel != null) {
            step.setRelabel(RelabelStep.newBuilder().setUploadedFile(upload.send(relabel)));
        } else {
            return step.setSplit(text.rules(resplit)).build(); // changes all splits
        }
        return step.addAllSplits(splits).build();
    }
}

package dev.finetide.cli.dataset.derive;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.DedupeStep;
import dev.finetide.proto.dataset.v1.FieldMapping;
import dev.finetide.proto.dataset.v1.OverlapAction;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.proto.dataset.v1.RedactKind;
import dev.finetide.proto.dataset.v1.RedactStep;
import dev.finetide.proto.dataset.v1.SampleStep;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Reads the parts of a recipe as a user types them.
///
/// @param command command for which a usage error is reported
record RecipeText(Names names, CommandLine command) {
    private static final String NUMBER = "(\\d{1,9}(?:\\.\\d{1,9})?|\\.\\d{1,9})";
    private static final Pattern SOURCE = Pattern.compile("(.+?)(?::" + NUMBER + ")?");
    private static final Pattern ROWS = Pattern.compile("[1-9]\\d{0,17}");
    private static final Pattern PERCENT = Pattern.compile(NUMBER + "%");
    private static final Pattern NEAR = Pattern.compile("near(?::" + NUMBER + ")?");
    private static final List<String> KINDS = Arrays.stream(RedactKind.values())
            .filter(kind -> kind != RedactKind.REDACT_KIND_UNSPECIFIED && kind != RedactKind.UNRECOGNIZED)
            .map(kind -> kind.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    private static final double HUNDRED = 100;

    /// Reads `NAME`, `NAME@VERSION` or `NAME@VERSION:WEIGHT`.
    RecipeSource source(String typed) {
        Matcher form = SOURCE.matcher(typed);
        if (!form.matches()) {
            throw wrong("--from", "NAME[@VERSION][:WEIGHT]", typed);
        }
        RecipeSource.Builder source = RecipeSource.newBuilder().setDatasetVersion(names.datasetVersion(form.group(1)));
        if (form.group(2) != null) {
            source.setWeight(Double.parseDouble(form.group(2)));
        }
        return source.build();
    }

    /// Reads a number of rows, or a fraction with a point or a percent sign.
    SampleStep sample(String typed) {
        Matcher percent = PERCENT.matcher(typed);
        if (ROWS.matcher(typed).matches()) {
            return SampleStep.newBuilder().setRows(Long.parseLong(typed)).build();
        }
        if (percent.matches()) {
            return SampleStep.newBuilder()
                    .setFraction(Double.parseDouble(percent.group(1)) / HUNDRED)
                    .build();
        }
        if (typed.matches(NUMBER) && typed.contains(".")) {
            return SampleStep.newBuilder()
                    .setFraction(Double.parseDouble(typed))
                    .build();
        }
        throw wrong("--sample", "a number of rows such as 1000, or a fraction such as 0.1 or 10%", typed);
    }

    DedupeStep dedupe(String typed) {
        if (typed.equals("row")) {
            return DedupeStep.newBuilder().setKind(DedupeKind.EXACT_ROW).build();
        }
        if (typed.equals("input")) {
            return DedupeStep.newBuilder().setKind(DedupeKind.EXACT_INPUT).build();
        }
        Matcher near = NEAR.matcher(typed);
        if (!near.matches()) {
            throw wrong("--dedupe", "row, input, near or near:0.9", typed);
        }
        DedupeStep.Builder step = DedupeStep.newBuilder().setKind(DedupeKind.NEAR_INPUT);
        if (near.group(1) != null) {
            step.setThreshold(Double.parseDouble(near.group(1)));
        }
        return step.build();
    }

    /// @param typed kinds separated by commas; empty for all
    RedactStep redact(String typed) {
        RedactStep.Builder step = RedactStep.newBuilder();
        for (String kind : typed.isEmpty() ? new String[0] : typed.split(",", -1)) {
            if (!KINDS.contains(kind)) {
                throw wrong("--redact", String.join(", ", KINDS), kind);
            }
            step.addKinds(RedactKind.valueOf(kind.toUpperCase(Locale.ROOT).replace('-', '_')));
        }
        return step.build();
    }

    FieldMapping mapping(String typed) {
        int equals = typed.indexOf('=');
        if (equals < 1) {
            throw wrong("--map", "FIELD=CEL, as in tags.source=\"tickets\"", typed);
        }
        return FieldMapping.newBuilder()
                .setField(typed.substring(0, equals).strip())
                .setExpression(typed.substring(equals + 1).strip())
                .build();
    }

    /// Reads rules for new splits: `validation=0.1,test=0.2,group=customer,overlap=move`.
    SplitRules rules(String typed) {
        SplitRules.Builder rules = SplitRules.newBuilder();
        for (String rule : typed.split(",", -1)) {
            int equals = rule.indexOf('=');
            String key = equals < 0 ? rule : rule.substring(0, equals);
            String value = equals < 0 ? "" : rule.substring(equals + 1);
            switch (key) {
                case "validation" -> rules.setValidationFraction(fraction(rule, value));
                case "test" -> rules.setTestFraction(fraction(rule, value));
                case "column" -> rules.setColumn(value);
                case "group" -> rules.setGroupColumn(value);
                case "overlap" -> rules.setOverlap(overlap(value));
                default ->
                    throw wrong(
                            "--resplit",
                            "validation=FRACTION, test=FRACTION, column=TAG, group=TAG or overlap=keep|refuse|move",
                            rule);
            }
        }
        return rules.build();
    }

    private double fraction(String rule, String value) {
        if (!value.matches(NUMBER)) {
            throw wrong("--resplit", "a fraction such as 0.1", rule);
        }
        return Double.parseDouble(value);
    }

    private OverlapAction overlap(String value) {
        return switch (value) {
            case "keep" -> OverlapAction.KEEP_OVERLAP;
            case "refuse" -> OverlapAction.REFUSE_OVERLAP;
            case "move" -> OverlapAction.MOVE_OVERLAP;
            default -> throw wrong("--resplit", "overlap=keep, overlap=refuse or overlap=move", "overlap=" + value);
        };
    }

    /// Reads a recipe in JSON. Its sources may be named as on the command line.
    ///
    /// @param file file of the recipe, for messages
    Recipe read(String json, Path file) {
        Recipe.Builder recipe = Recipe.newBuilder();
        try {
            JsonFormat.parser().merge(json, recipe);
        } catch (InvalidProtocolBufferException notARecipe) {
            throw CommandFailedException.refused(file + ": no recipe in JSON: " + notARecipe.getMessage());
        }
        recipe.getSourcesBuilderList()
                .forEach(source -> source.setDatasetVersion(names.datasetVersion(source.getDatasetVersion())));
        return recipe.build();
    }

    private ParameterException wrong(String option, String expected, String got) {
        return new ParameterException(command, option + ": expected " + expected + ", got '" + got + "'");
    }
}

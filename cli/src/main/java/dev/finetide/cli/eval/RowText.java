package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Printable;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.JudgeReply;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Shows one row of an evaluation under every arm.
///
/// @param row number of the row, counted from 1
record RowText(Evaluation evaluation, long row) {
    /// @throws CommandFailedException NOT_FOUND if no arm has answered the row
    void print(Services services, CommandOutput output) {
        List<ExampleResult> found = new ArrayList<>();
        Answers.read(services, evaluation, result -> {
            if (result.getRow() == row - 1) {
                found.add(result);
            }
        });
        if (found.isEmpty()) {
            throw CommandFailedException.notFound("evaluation " + Names.brief(evaluation.getName())
                    + " has no answer to row " + row + ": it asks rows 1 to "
                    + Formats.count(evaluation.getRows().getRows()));
        }
        if (output.isJson()) {
            found.forEach(output::json);
            judged(services).forEach(output::json);
        } else {
            print(found, judged(services), output.out());
        }
    }

    /// Returns the replies of the judge about the row.
    private List<JudgeReply> judged(Services services) {
        List<JudgeReply> judged = new ArrayList<>();
        if (evaluation.getSpec().hasJudge()) {
            EvaluationUpdates.read(services, evaluation, update -> {
                if (update.hasJudgeReply() && update.getJudgeReply().getRow() == row - 1) {
                    judged.add(update.getJudgeReply());
                }
            });
        }
        return judged;
    }

    private void print(List<ExampleResult> found, List<JudgeReply> judged, PrintWriter out) {
        ExampleResult first = found.getFirst();
        String place = PlaceText.of(first.getPlace());
        out.println("row " + row + (place.isEmpty() ? "" : ", " + place));
        String facts = facts(first);
        if (!facts.isEmpty()) {
            out.println(facts);
        }
        text("question", first.getPrompt(), out);
        text("expected", first.getExpected(), out);
        for (EvaluationArm arm : evaluation.getArmsList()) {
            found.stream()
                    .filter(result -> result.getArm().equals(arm.getArm().getName()))
                    .forEach(result -> print(result, out));
        }
        if (!judged.isEmpty()) {
            out.println();
            out.println("== judge");
            judged.forEach(reply -> out.println(JudgeText.line(reply)));
        }
        out.flush();
    }

    private static String facts(ExampleResult result) {
        return result.getFacts().getTagsMap().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(tag -> Printable.line(tag.getKey() + " = " + tag.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static void print(ExampleResult result, PrintWriter out) {
        String draw = result.getRepeat() > 0 ? ", draw " + (result.getRepeat() + 1) : "";
        out.println();
        out.println("== " + result.getArm() + draw + ": " + scores(result));
        if (!result.getSentPrompt().isEmpty()) {
            text("prompt as sent (" + result.getPromptTokens() + " tokens)", result.getSentPrompt(), out);
        }
        if (result.getPassagesCount() > 0 || result.getDroppedPassages() > 0) {
            out.println("-- passages");
            PassageLines.of(result).forEach(line -> out.println(Printable.text(line)));
        }
        if (!result.getError().isEmpty()) {
            out.println("-- no answer: " + Printable.text(result.getError()));
        }
        text(result.getOutputCut() ? "output, cut at the limit" : "output", result.getOutput(), out);
        if (result.hasAnswer()) {
            text("answer in it", result.getAnswer(), out);
        }
    }

    private static String scores(ExampleResult result) {
        return new TreeMap<>(result.getScoresMap())
                .entrySet().stream()
                        .map(score -> score.getKey() + " " + MetricText.value(score.getValue()))
                        .collect(Collectors.joining(", "));
    }

    private static void text(String head, String text, PrintWriter out) {
        out.println("-- " + head);
        out.println(Printable.text(text));
    }
}

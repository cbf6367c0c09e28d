package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import java.util.ArrayList;
import java.util.List;

/// Writes how an arm is asked as words: "8 similar examples, instruction \"Answer with one of: …\"".
final class PromptingText {
    private PromptingText() {}

    /// @param most characters of each text that are shown
    static String words(Prompting prompting, int most) {
        List<String> parts = new ArrayList<>();
        if (prompting.getExamples().getCount() > 0) {
            parts.add(examples(prompting.getExamples()));
        }
        if (prompting.getRetrieval().getCount() > 0) {
            parts.add(PassagesText.words(prompting.getRetrieval()));
        }
        if (!prompting.getInstruction().isEmpty()) {
            parts.add("instruction " + quoted(prompting.getInstruction(), most));
        } else if (prompting.getTaskInstruction()) {
            parts.add("an instruction made of the task");
        }
        if (!prompting.getSystem().isEmpty()) {
            parts.add("system " + quoted(prompting.getSystem(), most));
        }
        return parts.isEmpty() ? "asked as trained" : String.join(", ", parts);
    }

    /// Names the model of an arm, and how its answers come about where it does not write them.
    static String model(EvaluationArm arm) {
        String model = switch (arm.getArm().getModel()) {
            case LINEAR -> "a linear model of words";
            case FROZEN -> "answers of " + Names.brief(arm.getArm().getFrozenAnswers());
            case ENDPOINT ->
                arm.getArm().getEndpoint().getModel() + " at "
                        + arm.getArm().getEndpoint().getUrl();
            case BASE, ARM_MODEL_UNSPECIFIED, UNRECOGNIZED -> "the base";
            case TUNED -> "the run's result";
            case MODEL_VERSION ->
                Names.brief(arm.getArm().getModelVersion()) + (arm.getApproved() ? ", which was approved" : "");
        };
        return model
                + (arm.getArm().getAnswering() == Answering.CHOOSE ? ", which chooses the most probable label" : "");
    }

    private static String examples(Examples examples) {
        boolean random = examples.getChoice() == ExampleChoice.RANDOM;
        return examples.getCount()
                + (random ? " random" : " similar")
                + (examples.getCount() == 1 ? " example" : " examples")
                + (random && examples.getRepeats() > 1 ? " in " + examples.getRepeats() + " draws" : "")
                + (examples.getOrder() == ExampleOrder.NEAREST_FIRST ? ", nearest first" : "");
    }

    private static String quoted(String text, int most) {
        return "\"" + Formats.cut(Table.onOneLine(text.strip()), most) + "\"";
    }
}

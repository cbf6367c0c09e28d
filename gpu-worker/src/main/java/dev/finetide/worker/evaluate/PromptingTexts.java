package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import java.util.ArrayList;
import java.util.List;

/// Fills in what a prompting leaves to the worker, and describes promptings in words.
final class PromptingTexts {
    private static final int USUAL_REPEATS = 3;

    private PromptingTexts() {}

    /// Returns the prompting with the instruction of the task, if it asks for one, and with nothing
    /// left unspecified.
    static Prompting filled(Prompting given, String taskInstruction) {
        Prompting.Builder filled = given.toBuilder();
        if (given.getTaskInstruction() && given.getInstruction().isEmpty()) {
            filled.setInstruction(taskInstruction);
        }
        Retrieval retrieval = given.getRetrieval();
        if (retrieval.getCount() == 0) {
            filled.clearRetrieval();
        } else if (retrieval.getRetriever() == Retriever.RETRIEVER_UNSPECIFIED) {
            filled.getRetrievalBuilder().setRetriever(Retriever.BM25);
        }
        Examples examples = given.getExamples();
        if (examples.getCount() == 0) {
            return filled.clearExamples().build();
        }
        boolean random = examples.getChoice() == ExampleChoice.RANDOM;
        boolean nearestFirst = examples.getOrder() == ExampleOrder.NEAREST_FIRST;
        return filled.setExamples(examples.toBuilder()
                        .setChoice(random ? ExampleChoice.RANDOM : ExampleChoice.SIMILAR)
                        .setOrder(nearestFirst ? ExampleOrder.NEAREST_FIRST : ExampleOrder.NEAREST_LAST)
                        .setRepeats(random ? usualRepeats(examples) : 1))
                .build();
    }

    private static int usualRepeats(Examples examples) {
        return examples.getRepeats() == 0 ? USUAL_REPEATS : examples.getRepeats();
    }

    /// Returns the number of times that every row is asked.
    ///
    /// @param filled prompting with nothing left unspecified
    static int repeats(Prompting filled) {
        return Math.max(1, filled.getExamples().getRepeats());
    }

    /// Describes a prompting among the others of its arm: "instruction 2, 8 similar examples".
    ///
    /// @param index place of the prompting in `all`
    static String describe(List<Prompting> all, int index) {
        Prompting prompting = all.get(index);
        List<String> parts = new ArrayList<>();
        if (!prompting.getSystem().isEmpty()) {
            parts.add("system text"
                    + number(all.stream().map(Prompting::getSystem).toList(), index));
        }
        if (prompting.getTaskInstruction()) {
            parts.add("instruction of the task");
        } else if (!prompting.getInstruction().isEmpty()) {
            parts.add("instruction"
                    + number(all.stream().map(Prompting::getInstruction).toList(), index));
        }
        Examples examples = prompting.getExamples();
        if (examples.getCount() > 0) {
            String choice = examples.getChoice() == ExampleChoice.RANDOM ? " random example" : " similar example";
            parts.add(examples.getCount()
                    + choice
                    + (examples.getCount() == 1 ? "" : "s")
                    + (examples.getOrder() == ExampleOrder.NEAREST_FIRST ? ", nearest first" : ""));
        }
        if (prompting.getRetrieval().getCount() > 0) {
            parts.add(passages(prompting.getRetrieval())
                    + number(
                            all.stream()
                                    .map(other -> other.getRetrieval().getTemplate())
                                    .toList(),
                            index));
        }
        return parts.isEmpty() ? "as trained" : String.join(", ", parts);
    }

    private static String passages(Retrieval retrieval) {
        String how = switch (retrieval.getRetriever()) {
            case DENSE -> " by meaning";
            case FUSED -> " by words and meaning";
            case BM25, RETRIEVER_UNSPECIFIED, UNRECOGNIZED -> " by words";
        };
        return retrieval.getCount() + (retrieval.getCount() == 1 ? " passage" : " passages") + how;
    }

    /// Returns the place of a text among the different ones, from 1; empty if there is one only.
    private static String number(List<String> texts, int index) {
        List<String> different =
                texts.stream().filter(text -> !text.isEmpty()).distinct().toList();
        return different.size() <= 1 ? "" : " " + (different.indexOf(texts.get(index)) + 1);
    }
}

package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Passage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Names the passages that a model read for one row, a line each.
public final class PassageLines {
    private PassageLines() {}

    /// Returns "1. guide.md, paragraph 3, score 7.42, which answers", and a line for passages that did
    /// not fit.
    public static List<String> of(ExampleResult result) {
        List<String> lines = new ArrayList<>();
        for (Passage passage : result.getPassagesList()) {
            lines.add((lines.size() + 1) + ". " + passage.getDocument() + place(passage)
                    + String.format(Locale.ROOT, ", score %.4g", passage.getScore())
                    + (passage.getAnswers() ? ", which answers" : ""));
        }
        if (result.getDroppedPassages() > 0) {
            lines.add(result.getDroppedPassages()
                    + (result.getDroppedPassages() == 1 ? " more passage" : " more passages") + " did not fit");
        }
        return lines;
    }

    private static String place(Passage passage) {
        if (passage.getParagraph() == 0) {
            return "";
        }
        return (passage.getDocument().equals("train") ? " row " : ", paragraph ") + passage.getParagraph();
    }
}

package dev.finetide.suitability.contents;

import java.util.ArrayList;
import java.util.List;

/// Keeps question and answer of rows that are evenly spread over a split, in bounded memory. Not thread-safe.
final class SampledRows {
    /// Largest number of characters that are kept.
    private static final long MOST_CHARACTERS = 16 << 20;

    private final List<String> questions = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private final List<Boolean> tools = new ArrayList<>();
    private long step;
    private long seen;
    private long characters;

    /// @param rows number of rows that will come
    /// @param most largest number of rows that are kept
    SampledRows(long rows, int most) {
        this.step = Math.max(1, Math.ceilDiv(rows, most));
    }

    void add(String question, String answer, boolean offersTools) {
        if (seen++ % step != 0) {
            return;
        }
        questions.add(question);
        answers.add(answer);
        tools.add(offersTools);
        characters += question.length() + answer.length();
        while (characters > MOST_CHARACTERS && questions.size() > 1) {
            halve();
        }
    }

    /// Leaves out every second row.
    private void halve() {
        step *= 2;
        characters = 0;
        int kept = 0;
        for (int i = 0; i < questions.size(); i += 2) {
            questions.set(kept, questions.get(i));
            answers.set(kept, answers.get(i));
            tools.set(kept, tools.get(i));
            characters += questions.get(i).length() + answers.get(i).length();
            kept++;
        }
        for (List<?> column : List.of(questions, answers, tools)) {
            column.subList(kept, column.size()).clear();
        }
    }

    /// Returns whether each row that came was kept.
    boolean hasAll() {
        return step == 1;
    }

    List<String> questions() {
        return questions;
    }

    List<String> answers() {
        return answers;
    }

    int withTools() {
        return (int) tools.stream().filter(offered -> offered).count();
    }
}

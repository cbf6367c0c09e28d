package dev.finetide.suitability.contents;

import dev.finetide.metrics.DetectedTask;
import dev.finetide.metrics.Task;
import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.suitability.NotMeasured;
import java.util.Locale;

/// Reads the task off the answers of the first split, which is the train split where there is one, by the rules of the
/// evaluation; and counts the answers where they are classes. Not thread-safe.
final class TaskOfAnswers {
    /// Largest number of rows by which the task is told.
    static final int MOST_ROWS = 20_000;

    private final SampledRows sample;
    private final AnswerClasses classes = new AnswerClasses();
    private boolean texts;
    private boolean answers;

    /// @param rows number of rows that will come
    TaskOfAnswers(long rows) {
        this.sample = new SampledRows(rows, MOST_ROWS);
    }

    void add(RowFacts facts) {
        texts |= !facts.sizes().hasQuestion();
        answers |= facts.hasAnswer();
        sample.add(facts.question(), facts.answer(), facts.offersTools());
        classes.add(facts.answer());
    }

    void measure(String split, ContentsSection.Builder section, NotMeasured notes) {
        if (texts) {
            section.setTask(name(Task.TEXT)).setTaskReason("The rows are texts without questions");
            notes.add("questions", "the rows are texts; their sizes stand under answers");
            notes.add("answer classes", "the rows are texts");
            return;
        }
        if (!answers) {
            notes.add("task", "no row of the split " + split + " has an answer");
            return;
        }
        DetectedTask task = DetectedTask.of(sample.questions(), sample.answers(), sample.withTools());
        section.setTask(name(task.task())).setTaskReason(task.reason());
        if (!sample.hasAll()) {
            notes.add(
                    "task",
                    "told by %,d rows, evenly spread".formatted(sample.answers().size()));
        }
        boolean oneAnswer = classes.size() == 1;
        if (task.task() == Task.CLASSIFICATION && classes.size() > 1 || oneAnswer) {
            section.addAllClasses(classes.largest());
        }
        if (oneAnswer) {
            notes.add("balance of classes", "all answers are equal");
        } else if (section.getClassesCount() > 0) {
            section.setBalance(classes.balance());
            if (classes.size() > AnswerClasses.MOST_NAMED) {
                notes.add(
                        "answer classes",
                        "the %,d most frequent of %,d are named".formatted(AnswerClasses.MOST_NAMED, classes.size()));
            }
        }
    }

    private static String name(Task task) {
        return task.name().toLowerCase(Locale.ROOT);
    }
}

package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.Task;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Reads the name of a task: "short-answer" is SHORT_ANSWER.
public final class TaskName implements ITypeConverter<Task> {
    private static final List<Task> TASKS = Arrays.stream(Task.values())
            .filter(task -> task != Task.TASK_UNSPECIFIED && task != Task.UNRECOGNIZED)
            .toList();

    @Override
    public Task convert(String name) {
        return TASKS.stream()
                .filter(task -> of(task).equalsIgnoreCase(name.strip()))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("expected one of "
                        + String.join(", ", TASKS.stream().map(TaskName::of).toList()) + ", got '" + name + "'"));
    }

    static String of(Task task) {
        return task.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

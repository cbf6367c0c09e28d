package dev.finetide.jinja.render;

import dev.finetide.jinja.value.Budget;
import java.util.ArrayList;
import java.util.List;

/// The text that statements write to: the rendering's own text, or the text of a macro or captured block. The marks of
/// the latter are dropped, because their place in the rendering is not known.
public final class TextSink {
    /// A range of the text in UTF-16 units, from `start` up to but not including `end`.
    public record Mark(int start, int end) {}

    private final StringBuilder text = new StringBuilder();
    private final List<Mark> marks = new ArrayList<>();
    private final Budget budget;

    public TextSink(Budget budget) {
        this.budget = budget;
    }

    public void write(String part) {
        budget.size((long) text.length() + part.length());
        budget.make(part.length());
        text.append(part);
    }

    public int length() {
        return text.length();
    }

    /// Marks the text from `start` to the end of what has been written.
    public void mark(int start) {
        budget.objects(1);
        marks.add(new Mark(start, text.length()));
    }

    public String text() {
        return budget.made(text.toString());
    }

    /// Returns the marked ranges, in the order in which they were written.
    public List<Mark> marks() {
        return List.copyOf(marks);
    }
}

package dev.finetide.sft.jinja;

import java.util.ArrayList;
import java.util.List;

/// Where statements write: the rendering's own text, or a text on the side (a macro's, a captured
/// block's), whose spans have no place in the rendering.
final class Output {
    private final StringBuilder text = new StringBuilder();
    private final List<Span> spans = new ArrayList<>();
    private final Budget budget;

    Output(Budget budget) {
        this.budget = budget;
    }

    void write(String part) {
        budget.size((long) text.length() + part.length());
        text.append(part);
    }

    int length() {
        return text.length();
    }

    void span(int start) {
        spans.add(new Span(start, text.length()));
    }

    String text() {
        return text.toString();
    }

    Rendering rendering() {
        return new Rendering(text.toString(), spans);
    }
}

package dev.finetide.sft.jinja;

import java.util.ArrayList;
import java.util.List;

/// Where statements write: the rendering's own text, or a text on the side (a macro's, a captured block's).
final class Output {
    private final StringBuilder text = new StringBuilder();
    private final List<Span> spans = new ArrayList<>();
    private final boolean isRendering;
    private final Budget budget;

    Output(boolean isRendering, Budget budget) {
        this.isRendering = isRendering;
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
        if (!isRendering) {
            throw new Fault("a generation block inside a macro or captured block has no place in the output");
        }
        spans.add(new Span(start, text.length()));
    }

    String text() {
        return text.toString();
    }

    Rendering rendering() {
        return new Rendering(text.toString(), spans);
    }
}

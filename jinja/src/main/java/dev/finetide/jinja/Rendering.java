package dev.finetide.jinja;

import java.util.List;

/// A rendered template.
///
/// @param text  the text
/// @param spans where `{% generation %}` blocks wrote, in order; empty when the template has none
public record Rendering(String text, List<Span> spans) {
    public Rendering {
        spans = List.copyOf(spans);
    }
}

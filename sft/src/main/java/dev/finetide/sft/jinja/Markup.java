package dev.finetide.sft.jinja;

/// Text that `safe` or `escape` marked as HTML. Only `+` tells it from plain text, and escapes the plain text that is
/// added to it: some models were trained on what comes of that.
record Markup(String text) {
    /// The text of markup, every other value as it is.
    static Object plain(Object value) {
        return value instanceof Markup markup ? markup.text() : value;
    }

    /// The text of markup, other text escaped.
    static String escaped(Object text) {
        return text instanceof Markup markup
                ? markup.text()
                : PythonText.str(text)
                        .replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("'", "&#39;")
                        .replace("\"", "&#34;");
    }
}

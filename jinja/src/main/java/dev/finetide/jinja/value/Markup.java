package dev.finetide.jinja.value;

/// A text that `safe` or `escape` marked as HTML. Only `+` treats markup differently from plain text: the plain text
/// that is added to markup is escaped. Some models were trained on the result.
public record Markup(String text) {
    /// Returns the text of markup, and every other value as it is.
    public static Object plain(Object value) {
        return value instanceof Markup markup ? markup.text() : value;
    }

    /// Returns the text of markup as it is, and any other text escaped for HTML.
    public static String escaped(Object text) {
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

package dev.finetide.jinja.value;

/// A text that `safe` or `escape` marked as HTML. Only `+` treats markup differently from plain text: the plain text
/// that is added to markup is escaped. Some models were trained on the result.
public record Markup(String text) {
    /// Returns the text of markup, and every other value as it is.
    public static Object plain(Object value) {
        return value instanceof Markup markup ? markup.text() : value;
    }

    /// Returns the text of markup as it is, and any other text escaped for HTML.
    public static String escaped(Object text, Budget budget) {
        if (text instanceof Markup markup) {
            return markup.text();
        }
        String plain = PythonText.str(text, budget);
        budget.characters(5L * plain.length());
        return plain.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }
}

package dev.finetide.cli.output;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Makes HTML pages that have all that they need: no script, no request to a network, and foreign text
/// is shown as text whatever it contains.
public final class Html {
    private Html() {}

    /// Escapes a text for HTML. Control codes and marks of direction become visible.
    public static String escaped(String text) {
        return Printable.text(text)
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    /// Returns a whole page.
    ///
    /// @param title title as plain text
    /// @param style style sheet beside the class `owner` in its package's resources
    /// @param body  HTML of the page after its title
    public static String page(String title, Class<?> owner, String style, String body) {
        return """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>%1$s</title>
                <style>
                %2$s</style>
                </head>
                <body>
                <h1>%1$s</h1>
                %3$s</body>
                </html>
                """.formatted(escaped(title), resource(owner, style), body);
    }

    private static String resource(Class<?> owner, String name) {
        try (InputStream in = owner.getResourceAsStream(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

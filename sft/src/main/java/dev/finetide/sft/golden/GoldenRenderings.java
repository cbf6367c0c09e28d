package dev.finetide.sft.golden;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.jinja.JinjaTemplate;
import dev.finetide.jinja.Rendering;
import dev.finetide.jinja.Span;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Compares rendered conversations with those of transformers: texts, errors and the spans of `{% generation %}`.
/// The expected ones are a list of objects in a file, with `template`, `case`, `messages`, `tools`, `arguments`, and
/// either `text` (with `spans` in code points where the template marks them) or `error`.
public final class GoldenRenderings {
    private static final ObjectMapper JSON = new ObjectMapper();
    /// The prefix of an error that a template itself raises, as transformers names it.
    private static final String RAISED = "TemplateError: ";

    private final Path templates;
    private final Map<String, JinjaTemplate> parsed = new HashMap<>();

    private GoldenRenderings(Path templates) {
        this.templates = templates;
    }

    /// The comparison of one conversation.
    ///
    /// @param difference description of the difference; empty when the rendering is as expected
    public record Finding(String template, String conversation, String difference) {
        public boolean agrees() {
            return difference.isEmpty();
        }
    }

    /// Compares all conversations of a file.
    ///
    /// @param file file of the expected renderings
    /// @param templates directory of the templates that the file names
    /// @throws ModelFormatException when the file or a template cannot be read
    public static void compare(Path file, Path templates, Consumer<Finding> findings) {
        GoldenRenderings renderings = new GoldenRenderings(templates);
        for (JsonNode entry : entries(file)) {
            findings.accept(new Finding(
                    entry.path("template").asText(), entry.path("case").asText(), renderings.difference(entry)));
        }
    }

    private static JsonNode entries(Path file) {
        try {
            JsonNode entries = JSON.readTree(Files.readAllBytes(file));
            if (!entries.isArray() || entries.isEmpty()) {
                throw new ModelFormatException(file + ": expected a list of renderings");
            }
            return entries;
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e, e);
        }
    }

    private JinjaTemplate template(String name) {
        return parsed.computeIfAbsent(name, missing -> {
            Path file = templates.resolve(missing);
            try {
                if (!file.normalize().startsWith(templates.normalize())) {
                    throw new ModelFormatException("\"" + missing + "\" is no file in " + templates);
                }
                return JinjaTemplate.parse(Files.readString(file));
            } catch (IOException e) {
                throw new ModelFormatException(file + ": cannot be read: " + e, e);
            }
        });
    }

    private String difference(JsonNode entry) {
        try {
            Rendering rendering = template(entry.path("template").asText()).render(variables(entry));
            if (entry.has("error")) {
                return "rendered, expected the error " + entry.get("error").asText();
            }
            if (!rendering.text().equals(entry.path("text").asText())) {
                return "another text, from character "
                        + commonPrefix(rendering.text(), entry.path("text").asText()) + " on";
            }
            List<Span> spans = inCodePoints(rendering);
            return !entry.has("spans") || spans.equals(spans(entry.get("spans")))
                    ? ""
                    : "spans " + spans + ", expected " + entry.get("spans");
        } catch (TemplateException e) {
            return difference(e, entry.path("error").asText());
        }
    }

    /// Compares errors. An error that a template itself raises must have the same text; for an error of Python, any
    /// error is accepted.
    private static String difference(TemplateException raised, String expected) {
        boolean same = expected.startsWith(RAISED) ? expected.equals(RAISED + raised.reason()) : !expected.isEmpty();
        return same ? "" : "error " + raised.getMessage() + ", expected " + (expected.isEmpty() ? "none" : expected);
    }

    private static Map<String, Object> variables(JsonNode entry) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", JSON.convertValue(entry.get("messages"), List.class));
        variables.put("tools", JSON.convertValue(entry.get("tools"), List.class));
        variables.put("documents", null);
        variables.put("add_generation_prompt", false);
        variables.put("bos_token", "<BOS>");
        variables.put("eos_token", "<EOS>");
        variables.put("date_string", "21 Nov 2026");
        entry.path("arguments")
                .properties()
                .forEach(argument ->
                        variables.put(argument.getKey(), JSON.convertValue(argument.getValue(), Object.class)));
        return variables;
    }

    private static int commonPrefix(String a, String b) {
        int i = 0;
        while (i < Math.min(a.length(), b.length()) && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }

    private static List<Span> inCodePoints(Rendering rendering) {
        String text = rendering.text();
        return rendering.spans().stream()
                .map(s -> new Span(text.codePointCount(0, s.start()), text.codePointCount(0, s.end())))
                .toList();
    }

    private static List<Span> spans(JsonNode pairs) {
        List<Span> spans = new ArrayList<>();
        pairs.forEach(
                pair -> spans.add(new Span(pair.path(0).asInt(), pair.path(1).asInt())));
        return spans;
    }
}

package dev.finetide.sft.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Renderings of real chat templates by transformers' own environment, kept outside of this repository.
class GoldenRenderingsTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void everyRenderingEqualsTheOneOfTransformers() throws IOException {
        Path file = golden();
        List<String> wrong = new ArrayList<>();
        Map<String, Template> templates = new HashMap<>();
        JsonNode entries = JSON.readTree(file.toFile());
        for (JsonNode entry : entries) {
            String name = entry.get("template").asText();
            if (!templates.containsKey(name)) {
                templates.put(
                        name,
                        Template.parse(Files.readString(
                                file.resolveSibling("chat-templates").resolve(name))));
            }
            check(templates.get(name), entry, wrong);
        }
        assertThat(entries).hasSize(234);
        assertThat(wrong).isEmpty();
    }

    private static Path golden() {
        Path file = GOLDEN.resolve("renderings.json");
        if (!Files.exists(file)) {
            System.out.println("skipped: no golden renderings at " + file);
        }
        Assumptions.assumeTrue(Files.exists(file));
        return file;
    }

    private static void check(Template template, JsonNode entry, List<String> wrong) {
        String id = entry.get("template").asText() + " / " + entry.get("case").asText();
        Map<String, Object> variables = new HashMap<>();
        variables.put("messages", JSON.convertValue(entry.get("messages"), List.class));
        variables.put("tools", JSON.convertValue(entry.get("tools"), List.class));
        variables.put("documents", null);
        variables.put("add_generation_prompt", false);
        variables.put("bos_token", "<BOS>");
        variables.put("eos_token", "<EOS>");
        variables.put("date_string", "21 Nov 2026");
        entry.get("arguments")
                .properties()
                .forEach(e -> variables.put(e.getKey(), JSON.convertValue(e.getValue(), Object.class)));
        try {
            Rendering rendering = template.render(variables);
            if (entry.has("error")) {
                wrong.add(id + ": no error");
            } else if (!rendering.text().equals(entry.get("text").asText())) {
                wrong.add(id + ": other text");
            } else if (entry.has("spans") && !codePointSpans(rendering).equals(spans(entry.get("spans")))) {
                wrong.add(id + ": spans " + codePointSpans(rendering) + " instead of " + entry.get("spans"));
            }
        } catch (TemplateException e) {
            String expected = entry.path("error").asText();
            if (!expected.equals("TemplateError: " + e.reason())) {
                wrong.add(id + ": " + e.getMessage());
            }
        }
    }

    private static List<Span> codePointSpans(Rendering rendering) {
        String text = rendering.text();
        return rendering.spans().stream()
                .map(s -> new Span(text.codePointCount(0, s.start()), text.codePointCount(0, s.end())))
                .toList();
    }

    private static List<Span> spans(JsonNode pairs) {
        List<Span> spans = new ArrayList<>();
        pairs.forEach(
                pair -> spans.add(new Span(pair.get(0).asInt(), pair.get(1).asInt())));
        return spans;
    }
}

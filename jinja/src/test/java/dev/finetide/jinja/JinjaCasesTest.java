package dev.finetide.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Small templates of our own, rendered by Python's Jinja with `make_cases.py` beside the cases.
class JinjaCasesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    @SuppressWarnings("unchecked")
    void rendersLikePythonsJinja() throws IOException {
        JsonNode file;
        try (InputStream in = JinjaCasesTest.class.getResourceAsStream("/jinja/cases.json")) {
            file = JSON.readTree(in);
        }
        Map<String, Object> variables = JSON.convertValue(file.get("variables"), Map.class);
        List<String> wrong = new ArrayList<>();
        for (JsonNode entry : file.get("cases")) {
            String expected =
                    entry.has("error") ? "an error" : entry.get("text").asText();
            String actual = render(entry.get("template").asText(), variables);
            if (entry.has("error") ? !actual.startsWith("error: ") : !actual.equals(expected)) {
                wrong.add("\ntemplate: " + entry.get("template").asText() + "\nexpected: " + expected + "\nactual:   "
                        + actual);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static String render(String template, Map<String, Object> variables) {
        try {
            return JinjaTemplate.parse(template).render(variables).text();
        } catch (TemplateException e) {
            return "error: " + e.getMessage();
        }
    }
}

package dev.finetide.sft.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.modelfiles.ModelFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenRenderingsTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("golden");

    @TempDir
    Path temp;

    /// Renderings of real chat templates by transformers' own environment, kept outside of this repository.
    @Test
    void everyRenderingEqualsTheOneOfTransformers() {
        Path file = GOLDEN.resolve("renderings.json");
        if (!Files.exists(file)) {
            System.out.println("skipped: no golden renderings at " + file);
        }
        Assumptions.assumeTrue(Files.exists(file), "no shared/golden");
        List<GoldenRenderings.Finding> findings = findings(file, GOLDEN.resolve("chat-templates"));
        assertThat(findings).hasSize(234).allMatch(GoldenRenderings.Finding::agrees);
    }

    @Test
    void aDifferenceIsNamed() throws IOException {
        Files.writeString(
                temp.resolve("t.jinja"), "{{ bos_token }}{{ messages[0].content }}{{ raise_exception('no') if x }}");
        Path file = temp.resolve("renderings.json");
        Files.writeString(file, """
                [{"template": "t.jinja", "case": "equal", "messages": [{"content": "a"}], "tools": null, "arguments": {}, "text": "<BOS>a"},
                 {"template": "t.jinja", "case": "other", "messages": [{"content": "a"}], "tools": null, "arguments": {}, "text": "<BOS>b"},
                 {"template": "t.jinja", "case": "raises", "messages": [{"content": "a"}], "tools": null, "arguments": {"x": true}, "error": "TemplateError: no"},
                 {"template": "t.jinja", "case": "no error", "messages": [{"content": "a"}], "tools": null, "arguments": {}, "error": "TemplateError: no"}]
                """);
        assertThat(findings(file, temp))
                .extracting(GoldenRenderings.Finding::difference)
                .containsExactly(
                        "", "another text, from character 5 on", "", "rendered, expected the error TemplateError: no");
        Files.writeString(file, "[{\"template\": \"../t.jinja\"}]");
        assertThatThrownBy(() -> findings(file, temp))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("is no file in");
    }

    private static List<GoldenRenderings.Finding> findings(Path file, Path templates) {
        List<GoldenRenderings.Finding> findings = new ArrayList<>();
        GoldenRenderings.compare(file, templates, findings::add);
        return findings;
    }
}

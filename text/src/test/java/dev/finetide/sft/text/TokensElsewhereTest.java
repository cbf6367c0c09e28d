package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.ChatTemplate;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Rows as tokens here and in transformers: the ids must be equal, and the tokens that carry loss those of a template's
/// `{% generation %}` marks. Needs a Python with transformers; FINETIDE_CHAT_MODEL names another model to compare with.
class TokensElsewhereTest {
    private static final String MARKED = """
            {%- for m in messages -%}
            {{- '<|im_start|>' + m.role + '\\n' -}}
            {%- if m.role == 'assistant' -%}{%- generation -%}{{- m.content + '<|im_end|>\\n' -}}{%- endgeneration -%}
            {%- else -%}{{- m.content + '<|im_end|>\\n' -}}{%- endif -%}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{- '<|im_start|>assistant\\n' -}}{%- endif -%}""".replace("{%- generation -%}", "{% generation %}");

    private static final List<String> ROWS = List.of(
            "{\"messages\":[{\"role\":\"user\",\"content\":\"Where is it?\"},{\"role\":\"assistant\",\"content\":\"Here.\"}]}",
            "{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"a  b\"},"
                    + "{\"role\":\"assistant\",\"content\":\"c\\n\\nd\"},{\"role\":\"user\",\"content\":\"<|im_end|> e\"},"
                    + "{\"role\":\"assistant\",\"content\":\" f <x> g\"}]}",
            "{\"text\":\"Once upon a time\\n there was one.\"}");

    @TempDir
    Path dir;

    @Test
    void idsAndLossAreThoseOfTransformers() throws Exception {
        String python = System.getenv("FINETIDE_PYTHON");
        Assumptions.assumeTrue(python != null, "skipped: FINETIDE_PYTHON names no Python with transformers");
        CharacterTokenizer.write(dir, false).close();
        Files.writeString(
                dir.resolve("tokenizer_config.json"),
                "{\"tokenizer_class\":\"PreTrainedTokenizerFast\",\"eos_token\":\"</s>\"}");
        Files.writeString(dir.resolve("chat_template.jinja"), MARKED);
        compare(python, dir, ROWS, true);
        String model = System.getenv("FINETIDE_CHAT_MODEL");
        if (model != null) {
            compare(python, Path.of(model), ROWS, false);
            Path marked = Files.createDirectories(dir.resolve("marked"));
            try (Stream<Path> files = Files.list(Path.of(model))) {
                for (Path file : files.filter(file -> !file.toString().endsWith(".safetensors"))
                        .toList()) {
                    Files.copy(file, marked.resolve(file.getFileName()));
                }
            }
            Files.writeString(marked.resolve("chat_template.jinja"), MARKED);
            compare(python, marked, ROWS, true);
        }
    }

    private void compare(String python, Path model, List<String> rows, boolean withLoss) throws Exception {
        Path file = Files.write(dir.resolve("rows.jsonl"), rows);
        List<JsonNode> theirs = run(python, model, file);
        Optional<ChatTemplate> template = ChatTemplate.load(model);
        try (Tokenizer tokenizer = Tokenizer.load(model)) {
            RowEncoder encoder = new RowEncoder(tokenizer, template, 1000);
            for (int i = 0; i < rows.size(); i++) {
                TokenizedRow ours = encoder.encode(TextRow.parse(rows.get(i)));
                String where = model + " row " + i;
                assertThat(ours.ids())
                        .as(where)
                        .containsExactly(ints(theirs.get(i).get("ids")));
                if (withLoss && !theirs.get(i).get("mask").isEmpty()) {
                    assertThat(loss(ours))
                            .as(where)
                            .containsExactly(ints(theirs.get(i).get("mask")));
                }
            }
        }
    }

    private static int[] loss(TokenizedRow row) {
        int[] loss = new int[row.length()];
        for (int t = 0; t < loss.length; t++) {
            loss[t] = row.supervised()[t] ? 1 : 0;
        }
        return loss;
    }

    private static int[] ints(JsonNode array) {
        int[] numbers = new int[array.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = array.get(i).asInt();
        }
        return numbers;
    }

    private static List<JsonNode> run(String python, Path model, Path rows) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        python, Path.of("src/test/python/tokens.py").toString(), model.toString(), rows.toString())
                .redirectError(Redirect.INHERIT);
        builder.environment().put("HF_HUB_OFFLINE", "1");
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : printed.lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }
}

package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The JSON that `finetide -o json` passes on has the names and numbers of the command line's own JSON.
class PrintedJsonTest {
    private static final Path GOLDEN = Path.of("../sft/src/test/resources/golden/llama-untied");

    @TempDir
    Path temp;

    @Test
    void namesAreLowerCamelAndNumbersAreNumbers() throws IOException {
        check(print("bench", "--size=260K", "--length=32", "--pack=64", "--batch=4", "--steps=3", "--threads=1"));
        check(print("verify", GOLDEN.toString(), "--threads=1"));
        check(print(
                "merge",
                "--base=" + GOLDEN,
                "--adapter=" + GOLDEN.resolve("adapter"),
                "--out=" + temp.resolve("merged"),
                "--threads=1"));
        check(print("generate", "--base=" + baseWithTokenizer(), "--prompt=a b", "--max-new-tokens=2", "--threads=1"));
    }

    private Path baseWithTokenizer() throws IOException {
        Path base = Files.createDirectories(temp.resolve("base"));
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(GOLDEN.resolve(file), base.resolve(file));
        }
        Files.writeString(base.resolve("tokenizer.json"), """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
                 "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
                 "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "</s>": 2}, "unk_token": "a"}}
                """);
        Files.writeString(base.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        return base;
    }

    private static List<JsonNode> print(String... arguments) throws IOException {
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.commandLine().execute(arguments)).isZero();
        } finally {
            System.setOut(before);
        }
        ObjectMapper json = new ObjectMapper();
        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
            lines.add(json.readTree(line));
        }
        assertThat(lines).isNotEmpty();
        return lines;
    }

    private static void check(List<JsonNode> lines) {
        lines.forEach(PrintedJsonTest::check);
    }

    private static void check(JsonNode json) {
        json.properties().forEach(field -> {
            assertThat(field.getKey()).matches("[a-z][a-zA-Z0-9]*");
            if (field.getValue().isTextual()) {
                assertThat(field.getValue().asText()).as(field.getKey()).doesNotMatch("-?[0-9.]+(e[0-9]+)?");
            }
        });
        json.forEach(PrintedJsonTest::check);
    }
}

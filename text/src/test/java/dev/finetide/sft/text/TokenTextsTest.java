package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class TokenTextsTest {
    private static final List<String> TEXTS = List.of(
            "Once upon a time, there was a dog.",
            " a  b\n\n c ",
            "na\u00efve caf\u00e9 \u4f60\u597d \ud83d\ude00\ud83d\udc69\u200d\ud83d\ude80!",
            "\ufffd broken \ufffd\ufffd");

    @Test
    void theTextsTogetherAreTheRowAsItIsRead() throws Exception {
        List<Path> models = models();
        Assumptions.assumeFalse(models.isEmpty(), "skipped: ../shared has no models");
        for (Path model : models) {
            try (Tokenizer tokenizer = Tokenizer.load(model)) {
                for (String text : TEXTS) {
                    int[] ids = tokenizer.encode(text, true);
                    List<String> texts = TokenTexts.of(tokenizer, ids, ids.length);

                    assertThat(texts).hasSize(ids.length);
                    assertThat(String.join("", texts)).as(model + ": " + text).isEqualTo(tokenizer.decode(ids, false));
                }
            }
        }
    }

    private static List<Path> models() throws Exception {
        Path shared = Path.of(System.getProperty("finetide.shared", "../../shared"));
        if (!Files.isDirectory(shared)) {
            return List.of();
        }
        try (Stream<Path> found = Files.find(
                shared, 5, (path, file) -> path.getFileName().toString().equals("tokenizer.json"))) {
            return found.map(Path::getParent)
                    .filter(dir -> Files.exists(dir.resolve("config.json")))
                    .sorted()
                    .toList();
        }
    }
}

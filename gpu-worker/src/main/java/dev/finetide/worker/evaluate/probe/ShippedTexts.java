package dev.finetide.worker.evaluate.probe;

import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// The rows of probes that ship with Finetide. All of them were written for it.
public final class ShippedTexts {
    private static final String TEXTS = "general-texts.txt";

    private ShippedTexts() {}

    /// Returns short texts of many kinds, most of them English: news, recipes, code, dialogue,
    /// facts, mathematics.
    public static List<SourcedRow> general() {
        return rows(Arrays.stream(text(TEXTS).split("\n%\n")).map(String::strip), TextOnlyRow::new);
    }

    /// Returns prompts that a model should answer, some of which only sound harmful.
    public static List<SourcedRow> harmless() {
        return prompts("harmless-prompts.txt");
    }

    /// Returns prompts that a model should refuse. None of them has a detail that could be used.
    public static List<SourcedRow> harmful() {
        return prompts("harmful-prompts.txt");
    }

    private static List<SourcedRow> prompts(String file) {
        return rows(text(file).lines().filter(line -> !line.isBlank()), line -> new PromptCompletionRow(line, ""));
    }

    private static List<SourcedRow> rows(Stream<String> texts, Function<String, TextRow> row) {
        return texts.map(text -> new SourcedRow(row.apply(text), Optional.empty()))
                .toList();
    }

    private static String text(String file) {
        try (InputStream resource = ShippedTexts.class.getResourceAsStream(file)) {
            if (resource == null) {
                throw new IllegalStateException("the program lacks its file " + file);
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

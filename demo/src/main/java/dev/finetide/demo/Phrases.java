package dev.finetide.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The phrases of one resource file. A section begins with its name in brackets; each line below is a phrase, or
/// several with `|` between them.
final class Phrases {
    private final String file;
    private final Map<String, List<String>> sections = new LinkedHashMap<>();

    private Phrases(String file) {
        this.file = file;
    }

    static Phrases load(String file) {
        Phrases phrases = new Phrases(file);
        List<String> section = new ArrayList<>();
        for (String line : read(file).split("\n")) {
            if (line.startsWith("[")) {
                section = new ArrayList<>();
                phrases.sections.put(line.substring(1, line.indexOf(']')), section);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                section.addAll(List.of(line.split("\\|")));
            }
        }
        return phrases;
    }

    private static String read(String file) {
        try (InputStream in = Phrases.class.getResourceAsStream("/phrases/" + file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<String> sections() {
        return List.copyOf(sections.keySet());
    }

    List<String> of(String section) {
        List<String> phrases = sections.get(section);
        if (phrases == null) {
            throw new IllegalArgumentException(file + " has no section [" + section + "]");
        }
        return phrases;
    }

    /// Draws one phrase of a section.
    String pick(String section, Random random) {
        List<String> phrases = of(section);
        return phrases.get(random.nextInt(phrases.size()));
    }

    /// Draws one word of a section whose lines are lists of words.
    String pickWord(String section, Random random) {
        String[] words = of(section).getFirst().split(" ");
        return words[random.nextInt(words.length)];
    }
}

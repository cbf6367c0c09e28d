package dev.finetide.modelfiles.template;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.ConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The chat templates of a model directory, found as transformers finds them. `chat_template.jinja` is the template
/// `default`, and each file of `additional_chat_templates/` has its file's name. Where there is none of these files,
/// `chat_template` of `tokenizer_config.json` counts: a text, a list of named templates, or an object of templates by
/// name.
final class TemplateFiles {
    static final String DEFAULT = "default";
    static final String TOOL_USE = "tool_use";

    private static final String FIELD = "chat_template";
    private static final String FOLDER = "additional_chat_templates";
    private static final String ENDING = ".jinja";
    private static final long MAX_FILE_BYTES = 64L << 20;

    private TemplateFiles() {}

    /// A template.
    ///
    /// @param where file in error messages
    record Named(String where, String text) {}

    /// Reads the templates by name; empty where the directory has none.
    ///
    /// @throws ModelFormatException when a file cannot be read, or there are templates but none is called `default`
    static Map<String, Named> read(Path dir) {
        Path config = dir.resolve("tokenizer_config.json");
        Map<String, Named> named = files(dir);
        if (named.isEmpty()) {
            inConfig(config, named);
        }
        if (!named.isEmpty() && !named.containsKey(DEFAULT)) {
            throw new ModelFormatException(named.values().iterator().next().where() + ": the chat templates are "
                    + named.keySet() + ", expected one with the name \"default\" (chat_template.jinja)");
        }
        return named;
    }

    private static Map<String, Named> files(Path dir) {
        Map<String, Named> named = new LinkedHashMap<>();
        Path single = dir.resolve("chat_template.jinja");
        if (Files.exists(single)) {
            named.put(DEFAULT, new Named(single.toString(), text(single)));
        }
        Path folder = dir.resolve(FOLDER);
        if (Files.isDirectory(folder)) {
            for (Path file : jinja(folder)) {
                String name = file.getFileName().toString();
                named.put(name.substring(0, name.length() - ENDING.length()), new Named(file.toString(), text(file)));
            }
        }
        return named;
    }

    private static List<Path> jinja(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ENDING))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new ModelFormatException(folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static void inConfig(Path file, Map<String, Named> named) {
        ConfigJson config = ConfigJson.readIfThere(file);
        JsonNode field = config.raw(FIELD);
        if (field.isTextual()) {
            named.put(DEFAULT, new Named(file.toString(), field.textValue()));
        } else if (field.isObject()) {
            field.properties().forEach(entry -> put(config, entry.getKey(), entry.getValue(), file, named));
        } else if (field.isArray()) {
            field.forEach(entry -> put(config, entry.path("name").asText(), entry.path("template"), file, named));
        }
        if (config.has(FIELD) && !named.containsKey(DEFAULT)) {
            throw wrong(config);
        }
    }

    private static void put(ConfigJson config, String name, JsonNode template, Path file, Map<String, Named> named) {
        if (template.isTextual()) {
            named.put(name, new Named(file.toString(), template.textValue()));
        } else if (name.equals(DEFAULT) || name.equals(TOOL_USE)) {
            throw wrong(config);
        }
    }

    private static ModelFormatException wrong(ConfigJson config) {
        return config.wrong(FIELD, "a text, or a list of named ones with one named \"default\"");
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new ModelFormatException(
                        file + ": " + Files.size(file) + " bytes, at most " + MAX_FILE_BYTES + " are accepted");
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read as UTF-8 text: " + e.getMessage(), e);
        }
    }
}

package dev.finetide.sft.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.jinja.JinjaTemplate;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.sft.json.ConfigJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The chat template of a model, which turns a conversation into one text. Safe for use by several threads.
public final class ChatTemplate {
    private static final String CONFIG = "tokenizer_config.json";
    private static final String FIELD = "chat_template";
    private static final long MAX_FILE_BYTES = 64L << 20;
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token");

    private final String source;
    private final JinjaTemplate template;
    private final Map<String, String> tokens;
    /// Whether the template has the role developer. A template that never names it would drop such a turn, refuse it,
    /// or
    /// write a role that the model never saw.
    private final boolean knowsDeveloper;

    private ChatTemplate(String source, JinjaTemplate template, Map<String, String> tokens) {
        this.source = source;
        this.template = template;
        this.tokens = Map.copyOf(tokens);
        this.knowsDeveloper = source.contains("'developer'") || source.contains("\"developer\"");
    }

    /// Parses a template.
    ///
    /// @param tokens texts of special tokens by name (`bos_token`, `eos_token`, …), which templates use
    /// @throws TemplateException if the source is no valid template
    public static ChatTemplate of(String source, Map<String, String> tokens) {
        return new ChatTemplate(source, JinjaTemplate.parse(source), tokens);
    }

    /// Loads the template of a Hugging Face model directory: `chat_template.jinja`, else `chat_template` in
    /// `tokenizer_config.json`, where the template named `default` is taken from several. Returns empty where the
    /// model has no template.
    ///
    /// @throws ModelFormatException when a file cannot be read or the template cannot be parsed
    public static Optional<ChatTemplate> load(Path dir) {
        ConfigJson config = ConfigJson.readIfThere(dir.resolve(CONFIG));
        Path file = dir.resolve("chat_template.jinja");
        Optional<String> source = Files.exists(file) ? Optional.of(read(file)) : inConfig(config);
        try {
            return source.map(text -> of(text, tokens(dir, config)));
        } catch (TemplateException e) {
            throw new ModelFormatException(
                    (Files.exists(file) ? file : dir.resolve(CONFIG)) + ": chat " + e.getMessage(), e);
        }
    }

    private static Optional<String> inConfig(ConfigJson config) {
        if (!config.has(FIELD)) {
            return Optional.empty();
        }
        JsonNode template = config.raw(FIELD);
        for (JsonNode named : config.raw(FIELD)) {
            if (named.path("name").asText().equals("default")) {
                template = named.path("template");
            }
        }
        if (!template.isTextual()) {
            throw config.wrong(FIELD, "a text, or a list of named ones with one named \"default\"");
        }
        return Optional.of(template.textValue());
    }

    private static Map<String, String> tokens(Path dir, ConfigJson config) {
        Path special = dir.resolve("special_tokens_map.json");
        Map<String, String> tokens = new HashMap<>();
        ConfigJson fallback = Files.exists(special) ? ConfigJson.read(special) : config;
        for (String name : TOKENS) {
            JsonNode token = (config.has(name) ? config : fallback).raw(name);
            String text = token.isObject() ? token.path("content").asText() : token.asText();
            if (!text.isEmpty()) {
                tokens.put(name, text);
            }
        }
        return tokens;
    }

    private static String read(Path file) {
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

    /// Returns everything that a rendering depends on apart from the conversation: the special tokens and the
    /// source.
    public String identity() {
        return new TreeMap<>(tokens) + "\n" + source;
    }

    /// Renders a conversation. A developer's turn is a system turn for a template that does not know the role.
    ///
    /// @param addGenerationPrompt whether to end with the text that opens the assistant's next turn
    /// @throws TemplateException when the template refuses the conversation, such as for the order of its roles
    public String render(List<Message> messages, List<Map<String, Object>> tools, boolean addGenerationPrompt) {
        Map<String, Object> variables = new HashMap<>(tokens);
        variables.put("messages", messages.stream().map(this::variables).toList());
        variables.put("tools", tools.isEmpty() ? null : tools);
        variables.put("documents", null);
        variables.put("add_generation_prompt", addGenerationPrompt);
        return template.render(variables).text();
    }

    private Map<String, Object> variables(Message message) {
        Map<String, Object> variables = message.variables();
        if (!knowsDeveloper && message.role().equals(Role.DEVELOPER.word())) {
            variables.put("role", Role.SYSTEM.word());
        }
        return variables;
    }
}

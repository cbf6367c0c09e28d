package dev.finetide.modelfiles.template;

import dev.finetide.jinja.Allowance;
import dev.finetide.jinja.JinjaTemplate;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.modelfiles.tokenizer.SpecialTokens;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The chat template of a model, which turns a conversation into one text. A model may have a template of its own for
/// conversations with tools. Safe for use by several threads.
public final class ChatTemplate {
    private final Source plain;
    private final Source withTools;
    private final Map<String, String> tokens;

    /// A template's text, and the template that was parsed from it.
    private record Source(String text, JinjaTemplate template) {
        static Source of(String text) {
            return new Source(text, JinjaTemplate.parse(text));
        }

        /// Whether the template has the role developer. A template that never names it would drop such a turn, refuse
        /// it, or write a role that the model never saw.
        private boolean knowsDeveloper() {
            return text.contains("'developer'") || text.contains("\"developer\"");
        }

        Map<String, Object> variables(Message message) {
            Map<String, Object> variables = message.variables();
            if (message.role().equals(Role.DEVELOPER.word()) && !knowsDeveloper()) {
                variables.put("role", Role.SYSTEM.word());
            }
            return variables;
        }

        Source at(Clock clock) {
            return new Source(text, template.withClock(clock));
        }

        Source within(Allowance allowance) {
            return new Source(text, template.within(allowance));
        }
    }

    private ChatTemplate(Source plain, Source withTools, Map<String, String> tokens) {
        this.plain = plain;
        this.withTools = withTools;
        this.tokens = Map.copyOf(tokens);
    }

    /// Parses a template.
    ///
    /// @param tokens texts of special tokens by name (`bos_token`, `eos_token`, …), which templates use
    /// @throws TemplateException if the source is no valid template
    public static ChatTemplate of(String source, Map<String, String> tokens) {
        Source parsed = Source.of(source);
        return new ChatTemplate(parsed, parsed, tokens);
    }

    /// Returns the same template that sees a fixed time as now, in UTC. Templates that write a date then write the
    /// same text whenever they render.
    public ChatTemplate at(Instant time) {
        Clock clock = Clock.fixed(time, ZoneOffset.UTC);
        return new ChatTemplate(plain.at(clock), withTools.at(clock), tokens);
    }

    /// Returns the same template, whose renderings share an allowance. Such a template is for one thread.
    public ChatTemplate within(Allowance allowance) {
        return new ChatTemplate(plain.within(allowance), withTools.within(allowance), tokens);
    }

    /// Whether the template can ask for the time, so that its text may differ from day to day.
    public boolean readsClock() {
        return plain.text.contains("strftime_now") || withTools.text.contains("strftime_now");
    }

    /// Loads the templates of a Hugging Face model directory, as [TemplateFiles] chooses them. Returns empty where
    /// the model has no template.
    ///
    /// @throws ModelFormatException when a file cannot be read, a template cannot be parsed, or the directory has
    ///     templates but none for conversations without tools
    public static Optional<ChatTemplate> load(Path dir) {
        Map<String, TemplateFiles.Named> named = TemplateFiles.read(dir);
        if (named.isEmpty()) {
            return Optional.empty();
        }
        TemplateFiles.Named plain = named.get(TemplateFiles.DEFAULT);
        TemplateFiles.Named withTools = named.getOrDefault(TemplateFiles.TOOL_USE, plain);
        return Optional.of(new ChatTemplate(
                parse(plain), parse(withTools), SpecialTokens.read(dir).texts()));
    }

    private static Source parse(TemplateFiles.Named named) {
        try {
            return Source.of(named.text());
        } catch (TemplateException e) {
            throw new ModelFormatException(named.where() + ": chat " + e.getMessage(), e);
        }
    }

    /// Returns everything that a rendering depends on apart from the conversation: the special tokens and the
    /// sources.
    public String identity() {
        String sources = plain.text.equals(withTools.text) ? plain.text : plain.text + "\n" + withTools.text;
        return new TreeMap<>(tokens) + "\n" + sources;
    }

    /// Returns the source of the template for conversations with tools, which shows how the model writes calls.
    public String textWithTools() {
        return withTools.text;
    }

    /// Renders a conversation. A conversation with tools is rendered by the template for those, if the model has one.
    /// A developer's turn is a system turn for a template that does not know the role.
    ///
    /// @param addGenerationPrompt whether to end with the text that opens the assistant's next turn
    /// @throws TemplateException when the template refuses the conversation, such as for the order of its roles
    public String render(List<Message> messages, List<Map<String, Object>> tools, boolean addGenerationPrompt) {
        Map<String, Object> variables = new HashMap<>(tokens);
        Source source = tools.isEmpty() ? plain : withTools;
        variables.put("messages", messages.stream().map(source::variables).toList());
        variables.put("tools", tools.isEmpty() ? null : tools);
        variables.put("documents", null);
        variables.put("add_generation_prompt", addGenerationPrompt);
        return source.template.render(variables).text();
    }
}

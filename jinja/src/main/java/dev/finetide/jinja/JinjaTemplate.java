package dev.finetide.jinja;

import dev.finetide.jinja.render.Interpreter;
import dev.finetide.jinja.render.TextSink;
import dev.finetide.jinja.syntax.Lexer;
import dev.finetide.jinja.syntax.Statement;
import dev.finetide.jinja.syntax.StatementParser;
import dev.finetide.jinja.syntax.Tokens;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.TemplateFault;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A parsed Jinja template, as Hugging Face models ship them for chat. Immutable and safe for use by several threads.
///
/// Rendering agrees with transformers' `render_jinja_template`: the same white space rules, filters, tests, Python
/// string and dict methods. A template that uses `include`, `import`, `extends`, `block`, `autoescape`, or a filter
/// that makes web pages or random results, is refused with an error that says so. One difference remains: when an inner
/// block reads a variable before the block around it sets the variable, Jinja sees an undefined variable, and this
/// class sees the value from further outside.
public final class JinjaTemplate {
    private static final int MAX_SOURCE_CHARACTERS = 1 << 20;

    private final List<Statement> body;
    private final Limits limits;
    private final Clock clock;

    private JinjaTemplate(List<Statement> body, Limits limits, Clock clock) {
        this.body = body;
        this.limits = limits;
        this.clock = clock;
    }

    /// Parses a template that renders within [Limits#DEFAULT] and takes today's date from the system.
    ///
    /// @throws TemplateException if the source is no valid template
    public static JinjaTemplate parse(String source) {
        return parse(source, Limits.DEFAULT, Clock.systemDefaultZone());
    }

    /// Parses a template.
    ///
    /// @param clock clock that `strftime_now` reads
    /// @throws TemplateException if the source is no valid template
    public static JinjaTemplate parse(String source, Limits limits, Clock clock) {
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(clock, "clock");
        if (source.length() > MAX_SOURCE_CHARACTERS) {
            throw new TemplateException(
                    1,
                    "the template has " + source.length() + " characters, at most " + MAX_SOURCE_CHARACTERS
                            + " are accepted");
        }
        try {
            Tokens tokens = new Tokens(new Lexer(source).tokens());
            return new JinjaTemplate(new StatementParser(tokens).template(), limits, clock);
        } catch (TemplateFault fault) {
            throw new TemplateException(fault.line(), fault.getMessage());
        }
    }

    /// Returns the same template with another clock.
    public JinjaTemplate withClock(Clock other) {
        return new JinjaTemplate(body, limits, other);
    }

    /// Renders the template.
    ///
    /// @param variables `null`, booleans, numbers, texts, and lists and maps of them with text keys
    ///
    /// @throws TemplateException if the template raises an error, misuses a value or exceeds the limits
    public Rendering render(Map<String, ?> variables) {
        Budget budget = new Budget(limits.steps(), limits.depth(), limits.characters());
        try {
            TextSink written = new Interpreter(budget, clock).render(body, variables);
            return new Rendering(
                    written.text(),
                    written.marks().stream()
                            .map(mark -> new Span(mark.start(), mark.end()))
                            .toList());
        } catch (TemplateFault fault) {
            throw new TemplateException(fault.line(), fault.getMessage());
        } catch (StackOverflowError e) {
            throw new TemplateException(1, "values are nested too deep");
        }
    }
}

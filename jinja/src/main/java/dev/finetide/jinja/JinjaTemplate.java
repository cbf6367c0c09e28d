package dev.finetide.jinja;

import dev.finetide.jinja.render.Interpreter;
import dev.finetide.jinja.render.TextSink;
import dev.finetide.jinja.syntax.Lexer;
import dev.finetide.jinja.syntax.Statement;
import dev.finetide.jinja.syntax.StatementParser;
import dev.finetide.jinja.syntax.Tokens;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.TemplateFault;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A parsed Jinja template, as Hugging Face models ship them for chat. Immutable and safe for use by several threads,
/// unless the template has an [Allowance].
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
    /// Steps that this template's renderings share, or null where each has its own.
    private final Allowance allowance;

    private JinjaTemplate(List<Statement> body, Limits limits, Clock clock, Allowance allowance) {
        this.body = body;
        this.limits = limits;
        this.clock = clock;
        this.allowance = allowance;
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
            return new JinjaTemplate(new StatementParser(tokens).template(), limits, clock, null);
        } catch (TemplateFault fault) {
            throw new TemplateException(fault.line(), fault.getMessage());
        } catch (StackOverflowError e) {
            throw new TemplateException(1, "the template is nested too deep");
        }
    }

    /// Returns the same template with another clock.
    public JinjaTemplate withClock(Clock other) {
        return new JinjaTemplate(body, limits, other, allowance);
    }

    /// Returns the same template, whose renderings share an allowance. Such a template is for one thread.
    public JinjaTemplate within(Allowance shared) {
        return new JinjaTemplate(body, limits, clock, shared);
    }

    /// Renders the template.
    ///
    /// @param variables `null`, booleans, numbers, texts, and lists and maps of them with text keys
    ///
    /// @throws TemplateException if the template raises an error, misuses a value or exceeds the limits
    public Rendering render(Map<String, ?> variables) {
        long steps = allowance == null ? limits.steps() : Math.min(limits.steps(), allowance.left());
        Budget budget = new Budget(steps, limits.depth(), limits.characters(), limits.made());
        try {
            TextSink written = new Interpreter(budget, clock).render(body, variables);
            return new Rendering(
                    written.text(),
                    written.marks().stream()
                            .map(mark -> new Span(mark.start(), mark.end()))
                            .toList());
        } catch (TemplateFault fault) {
            throw new TemplateException(fault.line(), fault.getMessage());
        } catch (Fault fault) {
            throw new TemplateException(1, fault.getMessage());
        } catch (StackOverflowError e) {
            throw new TemplateException(1, "values are nested too deep");
        } finally {
            if (allowance != null) {
                allowance.use(budget.used());
            }
        }
    }
}

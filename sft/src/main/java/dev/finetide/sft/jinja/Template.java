package dev.finetide.sft.jinja;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A parsed Jinja template, as Hugging Face models ship them for chat. Immutable and safe for use by several threads.
///
/// Rendering agrees with transformers' `render_jinja_template`: the same white space rules,
/// filters, tests, Python string and dict methods. Left out, with an error that says so: `include`,
/// `import`, `extends`, `block`, `autoescape`, and filters that make web pages or random results.
/// One thing is read otherwise: a variable that a block sets only after an inner block has read it is
/// undefined to that inner block in Jinja, and has its value from outside here.
public final class Template {
    private static final int MAX_SOURCE_CHARACTERS = 1 << 20;

    private final List<Statement> body;
    private final Limits limits;
    private final Clock clock;

    private Template(List<Statement> body, Limits limits, Clock clock) {
        this.body = body;
        this.limits = limits;
        this.clock = clock;
    }

    /// Parses a template that renders within [Limits#DEFAULT] and takes today's date from the system.
    ///
    /// @throws TemplateException if the source is no valid template
    public static Template parse(String source) {
        return parse(source, Limits.DEFAULT, Clock.systemDefaultZone());
    }

    /// @param clock what `strftime_now` reads
    /// @throws TemplateException if the source is no valid template
    public static Template parse(String source, Limits limits, Clock clock) {
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(clock, "clock");
        if (source.length() > MAX_SOURCE_CHARACTERS) {
            throw new TemplateException(
                    1,
                    "the template has " + source.length() + " characters, at most " + MAX_SOURCE_CHARACTERS
                            + " are accepted");
        }
        Tokens tokens = new Tokens(new Lexer(source).tokens());
        return new Template(new StatementParser(tokens).template(), limits, clock);
    }

    /// Renders with these variables: `null`, booleans, numbers, texts, lists and maps of them with text keys.
    ///
    /// @throws TemplateException if the template raises an error, misuses a value or exceeds the limits
    public Rendering render(Map<String, ?> variables) {
        Budget budget = new Budget(limits);
        Interpreter interpreter = new Interpreter(budget, clock);
        try {
            return interpreter.render(body, variables);
        } catch (StackOverflowError e) {
            throw new TemplateException(1, "values are nested too deep");
        }
    }
}

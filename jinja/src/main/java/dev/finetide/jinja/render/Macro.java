package dev.finetide.jinja.render;

import dev.finetide.jinja.syntax.Statement;
import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Undefined;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A macro, or the body of a `{% call %}` block: statements with parameters. The value of a call is the text that the
/// statements write.
public final class Macro implements Callable {
    private static final String CALLER = "caller";

    private final String name;
    private final Statement.Signature signature;
    private final List<Statement> body;
    private final Scope definedIn;
    private final Interpreter interpreter;

    public Macro(
            String name,
            Statement.Signature signature,
            List<Statement> body,
            Scope definedIn,
            Interpreter interpreter) {
        this.name = name;
        this.signature = signature;
        this.body = body;
        this.definedIn = definedIn;
        this.interpreter = interpreter;
    }

    @Override
    public Object call(Arguments arguments) {
        Scope scope = definedIn.inner();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        if (named.containsKey(CALLER)) {
            scope.set(CALLER, named.remove(CALLER));
        }
        List<String> parameters = signature.parameters();
        Arguments.Bound bound;
        try {
            bound = new Arguments(arguments.positional(), named).bind(parameters.toArray(String[]::new));
        } catch (Fault fault) {
            throw new Fault("macro '" + name + "': " + fault.getMessage());
        }
        int firstDefault = parameters.size() - signature.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            Object value = bound.has(i)
                    ? bound.get(i)
                    : i >= firstDefault
                            ? interpreter
                                    .evaluator()
                                    .evaluate(signature.defaults().get(i - firstDefault), scope)
                            : new Undefined("parameter '" + parameters.get(i) + "' was not provided");
            scope.set(parameters.get(i), value);
        }
        return interpreter.capture(body, scope);
    }

    @Override
    public String typeName() {
        return "Macro";
    }
}

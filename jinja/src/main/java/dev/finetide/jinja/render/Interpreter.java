package dev.finetide.jinja.render;

import dev.finetide.jinja.builtin.Globals;
import dev.finetide.jinja.python.Loop;
import dev.finetide.jinja.syntax.Statement;
import dev.finetide.jinja.syntax.Statement.Target;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Markup;
import dev.finetide.jinja.value.Namespace;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.TemplateFault;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs the statements of one rendering.
public final class Interpreter {
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Clock clock;
    private final Evaluator evaluator;

    public Interpreter(Budget budget, Clock clock) {
        this.budget = budget;
        this.clock = clock;
        this.evaluator = new Evaluator(budget);
    }

    public Evaluator evaluator() {
        return evaluator;
    }

    public TextSink render(List<Statement> body, Map<String, ?> variables) {
        Map<String, Object> values = new HashMap<>(new Globals(budget, clock).values());
        try {
            variables.forEach((name, value) -> values.put(name, Python.fromJava(value, 0)));
        } catch (Fault fault) {
            throw new TemplateFault(1, fault.getMessage());
        }
        TextSink output = new TextSink(budget);
        run(body, Scope.root(values), output);
        return output;
    }

    /// Runs statements and returns the text that they write, outside of the rendering's own text.
    public String capture(List<Statement> body, Scope scope) {
        TextSink output = new TextSink(budget);
        run(body, scope, output);
        return output.text();
    }

    private Flow run(List<Statement> body, Scope scope, TextSink output) {
        for (Statement statement : body) {
            Flow flow;
            try {
                budget.step();
                budget.enter();
                flow = run(statement, scope, output);
            } catch (Fault fault) {
                throw new TemplateFault(statement.line(), fault.getMessage());
            } finally {
                budget.leave();
            }
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow run(Statement statement, Scope scope, TextSink output) {
        switch (statement) {
            case Statement.Text text -> output.write(text.text());
            case Statement.Output value ->
                output.write(PythonText.str(evaluator.evaluate(value.value(), scope), budget));
            case Statement.If conditional -> {
                return conditional(conditional, scope, output);
            }
            case Statement.For loop -> loop(loop, evaluator.evaluate(loop.items(), scope), 0, scope, output);
            case Statement.Set set -> assign(set.target(), evaluator.marked(set.value(), scope), scope);
            case Statement.SetBlock set -> {
                String text = capture(set.body(), scope.inner());
                assign(set.target(), evaluator.filter(set.filters(), text, scope), scope);
            }
            case Statement.MacroOf macro ->
                scope.set(
                        macro.name(),
                        budget.made(new Macro(macro.name(), macro.signature(), macro.body(), scope, this)));
            case Statement.CallBlock call -> {
                Macro caller = new Macro("caller", call.signature(), call.body(), scope, this);
                output.write(PythonText.str(evaluator.call(call.call(), scope, Map.of("caller", caller)), budget));
            }
            case Statement.FilterBlock filter -> {
                String text = capture(filter.body(), scope.inner());
                output.write(PythonText.str(evaluator.filter(filter.filters(), text, scope), budget));
            }
            case Statement.With with -> {
                Scope inner = scope.inner();
                for (Statement.Set value : with.values()) {
                    assign(value.target(), evaluator.evaluate(value.value(), scope), inner);
                }
                return run(with.body(), inner, output);
            }
            case Statement.Generation generation -> {
                int start = output.length();
                run(generation.body(), scope.inner(), output);
                output.mark(start);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Flow conditional(Statement.If conditional, Scope scope, TextSink output) {
        for (Statement.Branch branch : conditional.branches()) {
            if (Python.truth(evaluator.evaluate(branch.condition(), scope))) {
                return run(branch.body(), scope, output);
            }
        }
        return run(conditional.otherwise(), scope, output);
    }

    private void loop(Statement.For statement, Object iterable, int depth, Scope scope, TextSink output) {
        List<Object> items = Python.iterate(iterable, budget);
        if (statement.condition() != null) {
            items = selected(statement, items, scope);
        }
        Loop loop = new Loop(
                items,
                depth,
                statement.recursive()
                        ? (again, deeper) -> {
                            TextSink inner = new TextSink(budget);
                            loop(statement, again, deeper, scope, inner);
                            return inner.text();
                        }
                        : null,
                budget);
        // Jinja runs a loop's `else` unless at least one iteration reached its end without `break` or `continue`.
        boolean completed = false;
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            loop.moveTo(i);
            Scope inner = scope.inner();
            inner.set("loop", loop);
            assign(statement.target(), items.get(i), inner);
            Flow flow = run(statement.body(), inner, output);
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.NEXT;
        }
        if (!completed) {
            run(statement.otherwise(), scope.inner(), output);
        }
    }

    private List<Object> selected(Statement.For statement, List<Object> items, Scope scope) {
        List<Object> selected = new ArrayList<>();
        for (Object item : items) {
            budget.step();
            Scope inner = scope.inner();
            assign(statement.target(), item, inner);
            if (Python.truth(evaluator.evaluate(statement.condition(), inner))) {
                selected.add(item);
            }
        }
        return budget.made(selected);
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Name(String name) -> scope.set(name, value);
            case Target.Attribute(String owner, String name) -> {
                if (!(scope.get(owner) instanceof Namespace namespace)) {
                    throw new Fault("cannot assign attribute on an object that is no namespace");
                }
                namespace.set(name, value);
            }
            case Target.Several(List<Target> targets) -> {
                List<Object> values = Python.iterate(Markup.plain(value), budget);
                if (values.size() != targets.size()) {
                    throw new Fault("cannot unpack " + values.size() + " values into " + targets.size());
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }
}

package dev.finetide.jinja.render;

import dev.finetide.jinja.builtin.Filters;
import dev.finetide.jinja.builtin.RaiseException;
import dev.finetide.jinja.builtin.Tests;
import dev.finetide.jinja.python.Keys;
import dev.finetide.jinja.python.Members;
import dev.finetide.jinja.python.Operators;
import dev.finetide.jinja.syntax.Expression;
import dev.finetide.jinja.syntax.Expression.CallArguments;
import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Budget;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;
import dev.finetide.jinja.value.Markup;
import dev.finetide.jinja.value.Python;
import dev.finetide.jinja.value.PythonText;
import dev.finetide.jinja.value.TemplateFault;
import dev.finetide.jinja.value.Tuple;
import dev.finetide.jinja.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Computes the values of expressions.
public final class Evaluator {
    private final Budget budget;
    private final Operators operators;
    private final Filters filters;

    public Evaluator(Budget budget) {
        this.budget = budget;
        this.operators = new Operators(budget);
        this.filters = new Filters(budget);
    }

    /// @throws TemplateFault with the line of the innermost expression that failed
    public Object evaluate(Expression expression, Scope scope) {
        return Markup.plain(marked(expression, scope));
    }

    /// Computes the value of an expression and keeps it [Markup] where it is marked so.
    ///
    /// @throws TemplateFault with the line of the innermost expression that failed
    public Object marked(Expression expression, Scope scope) {
        try {
            budget.step();
            budget.enter();
            Object value = value(expression, scope);
            budget.read(Markup.plain(value));
            return value;
        } catch (Fault fault) {
            throw new TemplateFault(expression.line(), fault.getMessage());
        } catch (ArithmeticException | ClassCastException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // Numbers beyond 64 bits, or values without an order, such as NaN, that are to be sorted.
            throw new TemplateFault(expression.line(), "a value is out of range or of a wrong type");
        } finally {
            budget.leave();
        }
    }

    private Object value(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Name name -> scope.get(name.name());
            case Expression.ListOf list -> budget.made(all(list.items(), scope));
            case Expression.TupleOf tuple -> budget.made(Tuple.of(all(tuple.items(), scope)));
            case Expression.DictOf dict -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                dict.entries().forEach(e -> {
                    Object key = evaluate(e.key(), scope);
                    map.put(Keys.charged(key, map.size(), budget), evaluate(e.value(), scope));
                });
                yield budget.made(map);
            }
            case Expression.Attribute member -> {
                Object owner = evaluate(member.owner(), scope);
                yield named(Members.attribute(owner, member.name(), budget), owner, member.name());
            }
            case Expression.Item item -> item(item, scope);
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call -> call(call, scope, Map.of());
            case Expression.Filter filter -> filter(filter, marked(filter.input(), scope), scope);
            case Expression.Test test ->
                Tests.holds(test.name(), evaluate(test.input(), scope), arguments(test.arguments(), scope), budget)
                        != test.negated();
            case Expression.Unary unary -> unary(unary, scope);
            case Expression.Binary binary -> binary(binary, scope);
            case Expression.Compare compare -> compare(compare, scope);
            case Expression.And and -> {
                Object left = evaluate(and.left(), scope);
                yield Python.truth(left) ? evaluate(and.right(), scope) : left;
            }
            case Expression.Or or -> {
                Object left = evaluate(or.left(), scope);
                yield Python.truth(left) ? left : evaluate(or.right(), scope);
            }
            case Expression.Not not -> !Python.truth(evaluate(not.operand(), scope));
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
    }

    private Object item(Expression.Item item, Scope scope) {
        Object owner = evaluate(item.owner(), scope);
        Object found = Members.item(owner, evaluate(item.key(), scope), budget);
        return item.key() instanceof Expression.Literal literal && literal.value() instanceof String name
                ? named(found, owner, name)
                : found;
    }

    /// Gives an undefined member the name that stands in the template.
    private static Object named(Object member, Object owner, String name) {
        return Undefined.item(owner).equals(member) ? Undefined.attribute(owner, name) : member;
    }

    private Object binary(Expression.Binary binary, Scope scope) {
        Object result = binary.operator().equals("+")
                ? operators.binary("+", marked(binary.left(), scope), marked(binary.right(), scope))
                : operators.binary(binary.operator(), evaluate(binary.left(), scope), evaluate(binary.right(), scope));
        return budget.made(result);
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Object conditional(Expression.Conditional conditional, Scope scope) {
        if (Python.truth(evaluate(conditional.condition(), scope))) {
            return marked(conditional.value(), scope);
        }
        return conditional.otherwise() == null
                ? new Undefined("the inline if-expression has no else and its condition is false")
                : marked(conditional.otherwise(), scope);
    }

    private Object unary(Expression.Unary unary, Scope scope) {
        Object operand = evaluate(unary.operand(), scope);
        Object negative = operators.negate(operand);
        return unary.operator().equals("-") ? negative : operators.negate(negative);
    }

    private boolean compare(Expression.Compare compare, Scope scope) {
        Object left = evaluate(compare.first(), scope);
        for (Expression.Comparison next : compare.rest()) {
            Object right = evaluate(next.operand(), scope);
            if (!operators.compare(next.operator(), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        Object owner = evaluate(slice.owner(), scope);
        return Members.slice(
                owner, bound(slice.start(), scope), bound(slice.stop(), scope), bound(slice.step(), scope), budget);
    }

    private Long bound(Expression expression, Scope scope) {
        Object value = expression == null ? null : evaluate(expression, scope);
        if (value == null || Operators.number(value) instanceof Long) {
            return (Long) Operators.number(value);
        }
        throw new Fault("slice indices must be integers, not " + Python.typeName(value));
    }

    /// Calls the function that an expression names.
    ///
    /// @param added named arguments in addition to those of the call
    public Object call(Expression.Call call, Scope scope, Map<String, Object> added) {
        Object callee = evaluate(call.callee(), scope);
        Operators.refuseUndefined(callee);
        if (!(callee instanceof Callable callable)) {
            throw new Fault("'" + Python.typeName(callee) + "' object is not callable");
        }
        Arguments arguments = arguments(call.arguments(), scope);
        if (!added.isEmpty()) {
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            named.putAll(added);
            arguments = new Arguments(arguments.positional(), named);
        }
        if (callable instanceof RaiseException) {
            throw RaiseException.raised(words(call.arguments()));
        }
        budget.examine(null, arguments);
        return budget.made(callable.call(arguments));
    }

    /// Returns the words of a message that stand in the template. An ellipsis stands for each part that is computed.
    private static String words(CallArguments arguments) {
        Expression message = !arguments.positional().isEmpty()
                ? arguments.positional().getFirst()
                : arguments.named().get("message");
        String words = message == null ? "" : words(message);
        return words.replace("…", "").isBlank() ? "" : words;
    }

    private static String words(Expression message) {
        return switch (message) {
            case Expression.Literal literal when literal.value() instanceof String text -> text;
            case Expression.Binary sum
            when sum.operator().equals("+") || sum.operator().equals("~") -> words(sum.left()) + words(sum.right());
            default -> "…";
        };
    }

    /// Applies a chain of filters to a block's text or another input. A null chain returns the input.
    public Object filter(Expression.Filter filter, Object input, Scope scope) {
        if (filter == null) {
            return input;
        }
        // In a block's chain the innermost filter has no input expression, so the block's text is its input.
        Object in = filter.input() instanceof Expression.Filter inner && isBlockChain(inner)
                ? filter(inner, input, scope)
                : input;
        return filters.apply(filter.name(), in, arguments(filter.arguments(), scope));
    }

    private static boolean isBlockChain(Expression.Filter filter) {
        return filter.input() == null || filter.input() instanceof Expression.Filter inner && isBlockChain(inner);
    }

    private Arguments arguments(CallArguments arguments, Scope scope) {
        if (arguments == CallArguments.NONE) {
            return Arguments.NONE;
        }
        List<Object> positional = all(arguments.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>();
        arguments.named().forEach((name, value) -> named.put(name, evaluate(value, scope)));
        if (arguments.spread() != null) {
            positional.addAll(Python.iterate(evaluate(arguments.spread(), scope), budget));
        }
        if (arguments.namedSpread() != null) {
            if (!(evaluate(arguments.namedSpread(), scope) instanceof Map<?, ?> map)) {
                throw new Fault("** needs a dict");
            }
            budget.objects(map.size());
            map.forEach((name, value) -> named.put(PythonText.str(name, budget), value));
        }
        return new Arguments(positional, named);
    }
}

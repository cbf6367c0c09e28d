package dev.finetide.dataset.recipe.expression;

import com.google.common.collect.ImmutableList;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.SimpleType;
import dev.cel.runtime.CelFunctionBinding;
import dev.finetide.dataset.row.TextSearch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.Function;

/// The functions of texts that CEL's own extension of strings has, with a budget. An expression
/// such as `text.replace("", text)` makes 64 Ti characters of 8 Mi.
@SuppressWarnings("Immutable") // every expression has functions of its own, and one thread
final class TextFunctions {
    private static final int MOST_PARTS = 100_000;

    private final EvaluationBudget budget;
    private final List<CelFunctionDecl> declarations = new ArrayList<>();
    private final List<CelFunctionBinding> bindings = new ArrayList<>();

    TextFunctions(EvaluationBudget budget) {
        this.budget = budget;
        unary("lowerAscii", text -> text.toLowerCase(Locale.ROOT));
        unary("upperAscii", text -> text.toUpperCase(Locale.ROOT));
        unary("trim", String::strip);
        member(
                "replace",
                SimpleType.STRING,
                arguments -> replace((String) arguments[0], (String) arguments[1], (String) arguments[2]),
                SimpleType.STRING,
                SimpleType.STRING);
        member(
                "substring",
                SimpleType.STRING,
                arguments -> substring((String) arguments[0], (Long) arguments[1], (Long) arguments[2]),
                SimpleType.INT,
                SimpleType.INT);
        member(
                "indexOf",
                SimpleType.INT,
                arguments -> (long) search((String) arguments[0], (String) arguments[1]),
                SimpleType.STRING);
        member(
                "split",
                ListType.create(SimpleType.STRING),
                arguments -> split((String) arguments[0], (String) arguments[1]),
                SimpleType.STRING);
        member(
                "contains",
                SimpleType.BOOL,
                arguments -> search((String) arguments[0], (String) arguments[1]) >= 0,
                SimpleType.STRING);
        declarations.add(CelFunctionDecl.newFunctionDeclaration(
                "join",
                CelOverloadDecl.newMemberOverload(
                        "list_join_string", SimpleType.STRING, ListType.create(SimpleType.STRING), SimpleType.STRING)));
        bindings.add(CelFunctionBinding.from(
                "list_join_string",
                ImmutableList.of(List.class, String.class),
                arguments -> join((List<?>) arguments[0], (String) arguments[1])));
        // The operator + of texts, which CEL's own functions leave out.
        bindings.add(CelFunctionBinding.from("add_string", String.class, String.class, (left, right) -> {
            budget.take((long) left.length() + right.length());
            return left.concat(right);
        }));
    }

    List<CelFunctionDecl> declarations() {
        return declarations;
    }

    List<CelFunctionBinding> bindings() {
        return bindings;
    }

    private void unary(String name, Function<String, String> function) {
        member(name, SimpleType.STRING, arguments -> {
            String text = (String) arguments[0];
            budget.take(text.length());
            return function.apply(text);
        });
    }

    /// Adds a member function of a text.
    private void member(String name, CelType result, Function<Object[], Object> function, CelType... arguments) {
        String overload = "string_" + name;
        List<CelType> types = new ArrayList<>(List.of(SimpleType.STRING));
        types.addAll(Arrays.asList(arguments));
        declarations.add(CelFunctionDecl.newFunctionDeclaration(
                name, CelOverloadDecl.newMemberOverload(overload, result, types)));
        ImmutableList.Builder<Class<?>> classes = ImmutableList.builder();
        for (CelType type : types) {
            classes.add(type.equals(SimpleType.INT) ? Long.class : String.class);
        }
        bindings.add(CelFunctionBinding.from(overload, classes.build(), function::apply));
    }

    private String replace(String text, String from, String to) {
        TextSearch search = new TextSearch(from);
        budget.take(text.length() + search.countIn(text) * to.length());
        return search.replaced(text, to);
    }

    private int search(String text, String part) {
        budget.checkTime();
        return new TextSearch(part).in(text, 0);
    }

    private String substring(String text, long from, long to) {
        if (from < 0 || to < from || to > text.length()) {
            // Numbers far from the text's length may be those of the row.
            boolean lengths = Math.max(Math.abs(from), Math.abs(to)) <= 2L * text.length();
            throw new EvaluationBudget.Exceeded(
                    lengths
                            ? "takes a substring from %d to %d of a text of %d characters"
                                    .formatted(from, to, text.length())
                            : "takes a substring that the text does not have");
        }
        budget.take(to - from);
        return text.substring((int) from, (int) to);
    }

    private List<String> split(String text, String at) {
        budget.take(text.length());
        if (new TextSearch(at).countIn(text) >= MOST_PARTS) {
            throw new EvaluationBudget.Exceeded("splits a text into more than " + MOST_PARTS + " parts");
        }
        if (at.isEmpty()) {
            return List.of(text.split("", -1));
        }
        TextSearch search = new TextSearch(at);
        List<String> parts = new ArrayList<>();
        int start = 0;
        for (int found = search.in(text, 0); found >= 0; found = search.in(text, start)) {
            parts.add(text.substring(start, found));
            start = found + at.length();
        }
        parts.add(text.substring(start));
        return List.copyOf(parts);
    }

    private String join(List<?> parts, String between) {
        long length = 0;
        for (Object part : parts) {
            length += ((String) part).length() + between.length();
        }
        budget.take(length);
        StringJoiner joined = new StringJoiner(between);
        parts.forEach(part -> joined.add((String) part));
        return joined.toString();
    }
}

package dev.finetide.dataset.recipe.expression;

import dev.cel.checker.CelStandardDeclarations;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelErrorCode;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructTypeReference;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.cel.runtime.CelStandardFunctions;
import dev.cel.runtime.CelVariableResolver;
import dev.finetide.dataset.recipe.RecipeRow;
import dev.finetide.kit.error.ApiException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A CEL expression over a row. Types are checked when the recipe begins. An evaluation is bounded:
/// iterations, made texts, time. Not thread-safe.
public final class RowExpression {
    private static final int MOST_ITERATIONS = 100_000;
    private static final int LONGEST = 10_000;
    private static final int MOST_ISSUES = 5;
    private static final Pattern OFFSET = Pattern.compile("evaluation error at <input>:(\\d{1,5})");
    private static final CelOptions OPTIONS = CelOptions.current()
            .comprehensionMaxIterations(MOST_ITERATIONS)
            .maxExpressionCodePointSize(LONGEST)
            .build();

    private final String field;
    private final EvaluationBudget budget = new EvaluationBudget();
    private final CelRuntime.Program program;
    private final CelType type;

    private RowExpression(String field, String expression, Set<CelType> expected) {
        this.field = field;
        TextFunctions functions = new TextFunctions(budget);
        CelAbstractSyntaxTree tree = checked(expression, compiler(functions));
        this.type = tree.getResultType();
        if (!expected.contains(type) && !type.equals(SimpleType.DYN)) {
            throw ApiException.invalidField(
                    field,
                    "expected an expression of type "
                            + expected.stream().map(CelType::name).sorted().collect(Collectors.joining(" or "))
                            + ", got " + type.name());
        }
        try {
            this.program = runtime(functions).createProgram(tree);
        } catch (CelEvaluationException e) {
            throw ApiException.invalidField(field, "cannot be planned: " + e.getErrorCode());
        }
    }

    /// Compiles an expression that is true or false.
    ///
    /// @param field field of the request, for errors
    /// @throws ApiException INVALID_FIELD with the place of every fault
    public static RowExpression condition(String field, String expression) {
        return new RowExpression(field, expression, Set.of(SimpleType.BOOL));
    }

    /// Compiles an expression whose value is a text.
    public static RowExpression text(String field, String expression) {
        return new RowExpression(field, expression, Set.of(SimpleType.STRING));
    }

    /// Compiles an expression whose value is a tag: a text, a number, true or false; or null for no tag.
    public static RowExpression tag(String field, String expression) {
        return new RowExpression(
                field,
                expression,
                Set.of(
                        SimpleType.STRING,
                        SimpleType.INT,
                        SimpleType.UINT,
                        SimpleType.DOUBLE,
                        SimpleType.BOOL,
                        SimpleType.NULL_TYPE));
    }

    /// Evaluates a condition.
    ///
    /// @throws ApiException INVALID_FIELD that names the row and says nothing of its text
    public boolean isTrue(RecipeRow row) {
        if (evaluate(row) instanceof Boolean truth) {
            return truth;
        }
        throw row.refusal(field, "the expression gives no truth value");
    }

    /// Evaluates a text.
    public String text(RecipeRow row) {
        if (evaluate(row) instanceof String text) {
            return text;
        }
        throw row.refusal(field, "the expression gives no text");
    }

    /// Evaluates a tag; empty for null.
    public Optional<String> tag(RecipeRow row) {
        return switch (evaluate(row)) {
            case com.google.protobuf.NullValue _ -> Optional.empty();
            case String text -> Optional.of(text);
            case Number number -> Optional.of(number.toString());
            case Boolean truth -> Optional.of(truth.toString());
            default -> throw row.refusal(field, "the expression gives no text, number, true, false or null");
        };
    }

    private Object evaluate(RecipeRow row) {
        budget.renew();
        CelVariableResolver variables = name -> {
            budget.checkTime();
            return Optional.ofNullable(variable(row, name));
        };
        try {
            // Time is looked at after each part, so that no loop over long texts runs on unseen.
            return program.trace(variables, (part, value) -> budget.checkTime());
        } catch (EvaluationBudget.Exceeded exceeded) {
            throw row.refusal(field, "the expression " + exceeded.getMessage());
        } catch (CelEvaluationException e) {
            throw row.refusal(field, problem(e));
        } finally {
            budget.settle();
        }
    }

    private static Object variable(RecipeRow row, String name) {
        return switch (name) {
            case "row" -> row.values();
            case "tags" -> row.tags();
            case "split" -> row.split();
            case "id" -> row.id();
            case "input" -> row.input();
            case "answer" -> row.answer();
            case "row_number" -> row.number();
            default -> null;
        };
    }

    /// Returns a clause without the exception's message, which may have text of the row.
    private static String problem(CelEvaluationException e) {
        if (e.getCause() instanceof EvaluationBudget.Exceeded exceeded) {
            return "the expression " + exceeded.getMessage();
        }
        Matcher offset = OFFSET.matcher(e.getMessage() == null ? "" : e.getMessage());
        String place = offset.lookingAt() ? ", at column " + (Integer.parseInt(offset.group(1)) + 1) : "";
        return "the expression fails" + place + ": " + words(e.getErrorCode());
    }

    private static String words(CelErrorCode code) {
        return switch (code) {
            case ATTRIBUTE_NOT_FOUND -> "the row does not have this field (has() tells whether it does)";
            case INDEX_OUT_OF_BOUNDS -> "the list is shorter than the index";
            case DIVIDE_BY_ZERO -> "division by zero";
            case NUMERIC_OVERFLOW -> "the number is too large";
            case ITERATION_BUDGET_EXCEEDED -> "more than " + MOST_ITERATIONS + " iterations";
            case BAD_FORMAT, INVALID_ARGUMENT -> "an argument of a function is not valid";
            case OVERLOAD_NOT_FOUND -> "a value has another type than the function takes";
            default -> code.name();
        };
    }

    private CelAbstractSyntaxTree checked(String expression, CelCompiler compiler) {
        CelValidationResult result = compiler.compile(expression, field);
        if (!result.hasError()) {
            try {
                return result.getAst();
            } catch (dev.cel.common.CelValidationException e) {
                throw new IllegalStateException("an expression without errors has a tree", e);
            }
        }
        List<CelIssue> issues = result.getErrors();
        String words = issues.stream()
                .limit(MOST_ISSUES)
                .map(issue -> "at line %d, column %d: %s"
                        .formatted(
                                issue.getSourceLocation().getLine(),
                                issue.getSourceLocation().getColumn() + 1,
                                issue.getMessage()))
                .collect(Collectors.joining("; "));
        throw ApiException.invalidField(field, words);
    }

    private static CelCompiler compiler(TextFunctions functions) {
        return CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .setStandardEnvironmentEnabled(false)
                .setStandardDeclarations(CelStandardDeclarations.newBuilder()
                        .excludeFunctions(
                                CelStandardDeclarations.StandardFunction.BYTES,
                                CelStandardDeclarations.StandardFunction.CONTAINS)
                        .build())
                .addFunctionDeclarations(functions.declarations())
                .setTypeProvider(new RowTypes())
                .addVar("row", StructTypeReference.create(RowTypes.ROW))
                .addVar("tags", MapType.create(SimpleType.STRING, SimpleType.STRING))
                .addVar("split", SimpleType.STRING)
                .addVar("id", SimpleType.STRING)
                .addVar("input", SimpleType.STRING)
                .addVar("answer", SimpleType.STRING)
                .addVar("row_number", SimpleType.INT)
                .build();
    }

    private static CelRuntime runtime(TextFunctions functions) {
        return CelRuntimeFactory.standardCelRuntimeBuilder()
                .setOptions(OPTIONS)
                .setStandardEnvironmentEnabled(false)
                .setStandardFunctions(CelStandardFunctions.newBuilder()
                        .filterFunctions((function, overload) -> function != CelStandardFunctions.StandardFunction.BYTES
                                && function != CelStandardFunctions.StandardFunction.CONTAINS
                                && overload != CelStandardFunctions.StandardFunction.Overload.Arithmetic.ADD_STRING)
                        .build())
                .addFunctionBindings(functions.bindings())
                .build();
    }
}

package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.calls.Call;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.metrics.calls.Tools;

/// Whether the answer gives arguments that the schema of their tool refuses: one is missing, unknown or of
/// another type. Calls of functions that the row does not offer do not count here, and rows that name no
/// tools have no such number.
public final class InvalidArguments implements CallScore {
    private final ArgumentChecks checks = new ArgumentChecks();

    @Override
    public String name() {
        return "invalid_arguments";
    }

    @Override
    public Aggregate aggregate() {
        return Aggregate.YES_NO;
    }

    @Override
    public boolean higherIsBetter() {
        return false;
    }

    @Override
    public double[] measure(Answered row) {
        RowCalls known = CallScore.known(row);
        if (!known.hasTools()) {
            return new double[] {Double.NaN};
        }
        Tools tools = Tools.of(known.tools());
        for (Call call : CallScore.reply(row).calls()) {
            boolean refused = tools.schema(call.name())
                    .filter(schema -> !checks.accepts(schema, call.arguments()))
                    .isPresent();
            if (refused) {
                return new double[] {1};
            }
        }
        return new double[] {0};
    }
}

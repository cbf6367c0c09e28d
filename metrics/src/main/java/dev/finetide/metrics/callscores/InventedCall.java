package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Aggregate;
import dev.finetide.metrics.Answered;
import dev.finetide.metrics.calls.RowCalls;
import dev.finetide.metrics.calls.Tools;
import java.util.Set;

/// Whether the answer calls a function that the row does not offer. Rows that name no tools have no such
/// number.
public final class InventedCall implements CallScore {
    @Override
    public String name() {
        return "invented_call";
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
        Set<String> names = Tools.of(known.tools()).names();
        boolean invents = CallScore.reply(row).calls().stream().anyMatch(call -> !names.contains(call.name()));
        return new double[] {invents ? 1 : 0};
    }
}

package dev.finetide.cli.stack;

import dev.finetide.cli.output.Table;
import java.io.PrintWriter;

/// Prints the state of a stack as a table.
final class StackTable {

    private StackTable() {}

    static void print(StackState state, PrintWriter out) {
        Table table = new Table("PART", "STATE", "ENDPOINT", "HEALTH AND METRICS", "PID", "RESTARTS");
        for (StackState.Part part : state.parts()) {
            table.row(
                    part.name(),
                    part.state(),
                    part.endpoint(),
                    part.health().replace("/q/health/ready", "/q"),
                    part.pid() == 0 ? "" : part.pid(),
                    part.restarts());
        }
        table.print(out);
    }
}

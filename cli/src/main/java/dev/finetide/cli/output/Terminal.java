package dev.finetide.cli.output;

/// Tells whether stderr is a terminal, and stdout. The `finetide` script passes the answers: `System.console()` only
/// knows stdin and stdout together, and calling libc's isatty from Java takes half a second.
public final class Terminal {
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    public static boolean isInteractive() {
        return Boolean.getBoolean("finetide.terminal") && !"dumb".equals(System.getenv("TERM"));
    }

    /// Tells whether results may be coloured: stdout is a terminal, and the user has not set NO_COLOR.
    public static boolean isColoured() {
        return Boolean.getBoolean("finetide.colour") && !"dumb".equals(System.getenv("TERM"));
    }

    /// Tells whether results are shown on a terminal, rather than written to a file or a pipe.
    public static boolean showsResults() {
        return Boolean.getBoolean("finetide.results");
    }

    /// Returns the terminal's width in columns at the start of the command.
    public static int columns() {
        return Integer.getInteger("finetide.columns", USUAL_COLUMNS);
    }
}

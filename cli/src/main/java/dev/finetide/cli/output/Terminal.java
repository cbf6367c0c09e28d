package dev.finetide.cli.output;

/// Tells whether stderr is a terminal. The `finetide` script passes the answer: `System.console()` only knows stdin
/// and stdout together, and calling libc's isatty from Java takes half a second.
public final class Terminal {
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    public static boolean isInteractive() {
        return Boolean.getBoolean("finetide.terminal") && !"dumb".equals(System.getenv("TERM"));
    }

    /// Returns the terminal's width in columns at the start of the command.
    static int columns() {
        return Integer.getInteger("finetide.columns", USUAL_COLUMNS);
    }
}

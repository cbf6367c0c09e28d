package dev.finetide.cli.output;

/// Whether a person looks at stderr. Only the shell knows cheaply: `System.console()` tells of stdin and stdout
/// together, and asking libc's isatty from Java costs half a second. So the `finetide` script says it.
public final class Terminal {
    private static final int USUAL_COLUMNS = 80;

    private Terminal() {}

    public static boolean isInteractive() {
        return Boolean.getBoolean("finetide.terminal") && !"dumb".equals(System.getenv("TERM"));
    }

    /// Its width when the command was started.
    static int columns() {
        return Integer.getInteger("finetide.columns", USUAL_COLUMNS);
    }
}

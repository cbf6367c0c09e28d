package dev.finetide.cli.output;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Whether a person looks at stderr. `System.console()` knows only of stdin and stdout together, so this asks libc.
public final class Terminal {
    private static final int STDERR = 2;

    private Terminal() {}

    public static boolean isInteractive() {
        if ("dumb".equals(System.getenv("TERM")) || System.getenv("CI") != null) {
            return false;
        }
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> isatty = linker.defaultLookup().find("isatty");
        if (isatty.isEmpty()) {
            return false;
        }
        MethodHandle call =
                linker.downcallHandle(isatty.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            return (int) call.invokeExact(STDERR) == 1;
        } catch (Throwable e) {
            throw new IllegalStateException("isatty could not be called", e);
        }
    }
}

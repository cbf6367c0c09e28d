package dev.finetide.sft.torch;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;

/// Calls of functions of the process's own C library. A function that the library lacks is not called.
final class CLibrary {
    private CLibrary() {}

    /// Calls a function that returns an `int`. The result is ignored, because nothing here depends on what the
    /// function sets.
    static void call(String name, Integer... arguments) {
        Linker linker = Linker.nativeLinker();
        Optional<MemorySegment> address = linker.defaultLookup().find(name);
        if (address.isEmpty()) {
            return;
        }
        MemoryLayout[] parameters = new MemoryLayout[arguments.length];
        Arrays.fill(parameters, ValueLayout.JAVA_INT);
        try {
            linker.downcallHandle(address.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT, parameters))
                    .invokeWithArguments((Object[]) arguments);
        } catch (Throwable e) {
            throw new IllegalStateException("calling " + name + " failed", e);
        }
    }
}

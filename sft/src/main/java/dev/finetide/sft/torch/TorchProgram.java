package dev.finetide.sft.torch;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Compiled TorchScript methods. One call passes the JNI once, however many operators it runs; otherwise small
/// models spend their time there.
///
/// Several threads may use a program at once.
public final class TorchProgram implements AutoCloseable {
    private final PtSymbolBlock block;

    /// Compiles a program.
    ///
    /// @param manager owns the compiled program
    public TorchProgram(PtNDManager manager, TorchSource source) {
        try (ByteArrayInputStream archive = new ByteArrayInputStream(TorchArchive.of(source))) {
            block = JniUtils.loadModule(manager, archive, false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Several values that TorchScript takes as one plain tuple: libtorch cannot make a NamedTuple from outside.
    ///
    /// @param values inputs as [#call] takes them
    public record Tuple(List<Object> values) {
        public Tuple(Object... values) {
            this(List.of(values));
        }
    }

    /// Calls a method; libtorch records nothing for gradients. The results belong to `manager`.
    ///
    /// @param inputs any of NDArray, `List<NDArray>`, `long[]`, Long, Integer, Double, Boolean, or [Tuple] of
    ///     those
    public NDList call(PtNDManager manager, String method, Object... inputs) {
        TorchRuntime.enterThread();
        List<IValue> values = new ArrayList<>();
        try {
            IValue[] arguments = new IValue[inputs.length];
            for (int i = 0; i < inputs.length; i++) {
                arguments[i] = toValue(inputs[i], values);
            }
            try (IValue result = IValueUtils.runMethod(block, method, arguments)) {
                return result.toNDList(manager);
            }
        } finally {
            TorchCalls.finish();
            values.forEach(IValue::close);
        }
    }

    /// Turns an input into a value of libtorch.
    ///
    /// @param made takes the value, and those inside of it, all of which have to be closed
    private static IValue toValue(Object input, List<IValue> made) {
        IValue value = switch (input) {
            case PtNDArray array -> IValue.from(array);
            case List<?> arrays ->
                IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
            case long[] numbers -> IValue.listFrom(numbers);
            case Integer number -> IValue.from(number.longValue());
            case Long number -> IValue.from(number);
            case Double number -> IValue.from(number);
            case Boolean flag -> IValue.from(flag);
            case Tuple(List<Object> parts) ->
                IValue.tupleFrom(parts.stream().map(part -> toValue(part, made)).toArray(IValue[]::new));
            default -> throw new IllegalArgumentException("cannot pass a " + input.getClass() + " to TorchScript");
        };
        made.add(value);
        return value;
    }

    @Override
    public void close() {
        block.close();
    }
}

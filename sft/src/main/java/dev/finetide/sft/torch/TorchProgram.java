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
import java.util.List;

/// TorchScript methods, compiled. One call goes through the JNI once however many operators it
/// runs, which is where small models lose their time otherwise.
///
/// Safe for use by several threads at once.
public final class TorchProgram implements AutoCloseable {
    private final PtSymbolBlock block;

    /// @param methods TorchScript methods, indented by two spaces (see [TorchArchive])
    public TorchProgram(PtNDManager manager, String methods) {
        try (ByteArrayInputStream archive = new ByteArrayInputStream(TorchArchive.of(methods))) {
            block = JniUtils.loadModule(manager, archive, false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Calls a method; libtorch keeps no tape. The results belong to `manager`.
    ///
    /// @param inputs any of NDArray, `List<NDArray>`, `long[]`, Long, Integer, Double, Boolean
    public NDList call(PtNDManager manager, String method, Object... inputs) {
        TorchRuntime.enterThread();
        IValue[] values = new IValue[inputs.length];
        try {
            for (int i = 0; i < inputs.length; i++) {
                values[i] = toValue(inputs[i]);
            }
            try (IValue result = IValueUtils.runMethod(block, method, values)) {
                return result.toNDList(manager);
            }
        } finally {
            for (IValue value : values) {
                if (value != null) {
                    value.close();
                }
            }
        }
    }

    private static IValue toValue(Object input) {
        return switch (input) {
            case PtNDArray array -> IValue.from(array);
            case List<?> arrays ->
                IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
            case long[] numbers -> IValue.listFrom(numbers);
            case Integer number -> IValue.from(number.longValue());
            case Long number -> IValue.from(number);
            case Double number -> IValue.from(number);
            case Boolean flag -> IValue.from(flag);
            default -> throw new IllegalArgumentException("cannot pass a " + input.getClass() + " to TorchScript");
        };
    }

    @Override
    public void close() {
        block.close();
    }
}

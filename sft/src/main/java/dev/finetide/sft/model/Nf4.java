package dev.finetide.sft.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchSource;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// A frozen matrix in 4 bits an element, as QLoRA stores the base (Dettmers et al. 2023): NormalFloat
/// codes in blocks of 64 with one scale each, the scales themselves in 8 bits in blocks of 256
/// ("double quantisation"). 0.52 bytes an element, in the layout and with the tables of bitsandbytes.
///
/// A matrix is three tensors: the codes `[out, in/2]`, two a byte, the first in the high half; the
/// scales' codes `[out·in/64]`; and fp32 `[769 + n]` with what turns codes into numbers: for each
/// byte its two elements (512), for each scale's code its value (256), the scales' mean, and the n
/// scales of the scales.
public final class Nf4 {
    static final int BLOCK = 64;
    private static final int SCALE_BLOCK = 256;
    static final List<String> SUFFIXES = List.of("", ".absmax", ".state");

    /// Where in the state the scales' values begin, where their mean is, and where the scales of the scales begin.
    private static final int SCALES = 512;

    private static final int MEAN = SCALES + 256;
    private static final int NESTED = MEAN + 1;

    /// The 16 numbers of NF4 (appendix E of the paper): quantiles of the normal distribution, one more
    /// above 0 than below, with 0 and ±1 exact.
    private static final float[] NORMAL = {
        -1.0f,
        -0.6961928009986877f,
        -0.5250730514526367f,
        -0.39491748809814453f,
        -0.28444138169288635f,
        -0.18477343022823334f,
        -0.09105003625154495f,
        0.0f,
        0.07958029955625534f,
        0.16093020141124725f,
        0.24611230194568634f,
        0.33791524171829224f,
        0.44070982933044434f,
        0.5626170039176941f,
        0.7229568362236023f,
        1.0f
    };

    private static final float[] DYNAMIC = dynamicNumbers();

    private Nf4() {}

    /// The method `nf4`, which gives a matrix its elements again.
    ///
    /// @param precision of the result
    public static TorchSource source(Precision precision) {
        return TorchSource.read(
                Nf4.class,
                "nf4.py",
                Map.of(
                        "SCALES", SCALES,
                        "MEAN", MEAN,
                        "NESTED", NESTED,
                        "SCALE_BLOCK", SCALE_BLOCK,
                        "BLOCK", BLOCK,
                        "DTYPE", precision.scalarType()));
    }

    /// What a matrix of so many elements takes.
    static long bytes(long elements) {
        long scales = elements / BLOCK;
        return elements / 2 + scales + Float.BYTES * (NESTED + Math.ceilDiv(scales, SCALE_BLOCK));
    }

    /// The 256 numbers of the 8-bit dynamic type: seven decades of both signs, each with twice as many
    /// steps as the one below, and 0 and 1. In fp32 arithmetic where bitsandbytes has it.
    static float[] dynamicNumbers() {
        float[] numbers = new float[256];
        int n = 0;
        for (int decade = 0; decade < 7; decade++) {
            int steps = 1 << decade;
            float power = (float) Math.pow(10, decade - 6);
            for (int i = 0; i < steps; i++) {
                float middle = (boundary(i, steps) + boundary(i + 1, steps)) / 2;
                numbers[n++] = power * middle;
                numbers[n++] = -power * middle;
            }
        }
        numbers[n++] = 0;
        numbers[n++] = 1;
        Arrays.sort(numbers);
        return numbers;
    }

    /// Of `steps` equal parts from 0.1 to 1, counted from the nearer end.
    private static float boundary(int i, int steps) {
        float width = (1f - 0.1f) / steps;
        return i < (steps + 1) / 2 ? Math.fma(width, i, 0.1f) : Math.fma(-width, steps - i, 1f);
    }

    /// Quantises a matrix.
    ///
    /// @param elements fp32, `rows` times as many as a row has, a multiple of 64
    /// @return codes, scales' codes, state
    static List<NDArray> quantize(PtNDManager manager, MemorySegment elements, long rows) {
        int blocks = Math.toIntExact(elements.byteSize() / Float.BYTES / BLOCK);
        float[] scales = new float[blocks];
        byte[] codes = new byte[Math.multiplyExact(blocks, BLOCK / 2)];
        for (int block = 0; block < blocks; block++) {
            float[] values = elements.asSlice((long) block * BLOCK * Float.BYTES, (long) BLOCK * Float.BYTES)
                    .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            float largest = 0;
            for (float value : values) {
                largest = Math.max(largest, Math.abs(value));
            }
            scales[block] = largest;
            float inverse = largest == 0 ? 0 : 1 / largest;
            for (int i = 0; i < BLOCK; i += 2) {
                int high = nearest(NORMAL, values[i] * inverse);
                int low = nearest(NORMAL, values[i + 1] * inverse);
                codes[block * (BLOCK / 2) + i / 2] = (byte) (high << 4 | low);
            }
        }
        byte[] scaleCodes = new byte[blocks];
        float[] state = state(scales, scaleCodes);
        return List.of(
                manager.create(ByteBuffer.wrap(codes), new Shape(rows, codes.length / rows), DataType.UINT8),
                manager.create(ByteBuffer.wrap(scaleCodes), new Shape(blocks), DataType.UINT8),
                manager.create(FloatBuffer.wrap(state), new Shape(state.length), DataType.FLOAT32));
    }

    /// Quantises the scales, too.
    private static float[] state(float[] scales, byte[] codes) {
        int nested = Math.ceilDiv(scales.length, SCALE_BLOCK);
        float[] state = new float[NESTED + nested];
        for (int pair = 0; pair < 256; pair++) {
            state[2 * pair] = NORMAL[pair >> 4];
            state[2 * pair + 1] = NORMAL[pair & 15];
        }
        System.arraycopy(DYNAMIC, 0, state, SCALES, DYNAMIC.length);
        double sum = 0;
        for (float scale : scales) {
            sum += scale;
        }
        float mean = (float) (sum / scales.length);
        state[MEAN] = mean;
        for (int block = 0; block < nested; block++) {
            int first = block * SCALE_BLOCK;
            int end = Math.min(scales.length, first + SCALE_BLOCK);
            float largest = 0;
            for (int i = first; i < end; i++) {
                largest = Math.max(largest, Math.abs(scales[i] - mean));
            }
            state[NESTED + block] = largest;
            for (int i = first; i < end; i++) {
                codes[i] = (byte) nearest(DYNAMIC, largest == 0 ? 0 : (scales[i] - mean) / largest);
            }
        }
        return state;
    }

    /// Index of the nearest of numbers that rise.
    private static int nearest(float[] numbers, float value) {
        int at = Arrays.binarySearch(numbers, value);
        if (at >= 0) {
            return at;
        }
        int above = Math.clamp(-at - 1, 1, numbers.length - 1);
        return value - numbers[above - 1] <= numbers[above] - value ? above - 1 : above;
    }

    /// The matrix again, in fp32.
    static NDArray dequantize(PtNDManager manager, List<NDArray> quantized) {
        try (TorchProgram program = new TorchProgram(manager, source(Precision.FP32))) {
            return program.call(manager, "nf4", quantized.get(0), quantized.get(1), quantized.get(2))
                    .singletonOrThrow();
        }
    }
}

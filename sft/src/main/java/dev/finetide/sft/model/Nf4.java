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

/// A frozen matrix in 4 bits an element, as QLoRA stores the base (Dettmers et al. 2023): NormalFloat codes in
/// blocks of 64 with one scale each, and the scales themselves in 8 bits in blocks of 256 ("double
/// quantisation"). A matrix takes 0.52 bytes an element, in the layout and with the tables of bitsandbytes.
///
/// A matrix is three tensors. The codes are `[out, in/2]`, two a byte, the first in the high half. The codes
/// of the scales are `[out·in/64]`. The tables are fp32 `[769 + n]`: the two elements of each byte (512
/// numbers), the value of each scale's code (256), the mean of the scales, and the n scales of the scales.
public final class Nf4 {
    static final int BLOCK = 64;
    private static final int SCALE_BLOCK = 256;
    static final List<String> SUFFIXES = List.of("", ".absmax", ".state");

    /// Index in the tables at which the scales' values begin.
    private static final int SCALES = 512;

    /// Index in the tables of the scales' mean.
    private static final int MEAN = SCALES + 256;
    /// Index in the tables at which the scales of the scales begin.
    private static final int NESTED = MEAN + 1;

    /// The 16 numbers of NF4 (appendix E of the paper): quantiles of the normal distribution, one more of them
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

    /// Returns the memory that a matrix of so many elements takes, in bytes.
    static long bytes(long elements) {
        long scales = elements / BLOCK;
        return elements / 2 + scales + Float.BYTES * (NESTED + Math.ceilDiv(scales, SCALE_BLOCK));
    }

    /// Returns the 256 numbers of the 8-bit dynamic type: seven decades of both signs, each with twice as many
    /// steps as the one below, and 0 and 1. The arithmetic is fp32 where that of bitsandbytes is.
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

    /// Returns boundary i of `steps` equal parts from 0.1 to 1, counted from the nearer end.
    private static float boundary(int i, int steps) {
        float width = (1f - 0.1f) / steps;
        return i < (steps + 1) / 2 ? Math.fma(width, i, 0.1f) : Math.fma(-width, steps - i, 1f);
    }

    /// Quantises a matrix.
    ///
    /// @param elements fp32, row by row; their number is a multiple of 64
    /// @param rows rows of the matrix
    /// @return codes, codes of the scales, tables
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
        float[] tables = tables(scales, scaleCodes);
        return List.of(
                manager.create(ByteBuffer.wrap(codes), new Shape(rows, codes.length / rows), DataType.UINT8),
                manager.create(ByteBuffer.wrap(scaleCodes), new Shape(blocks), DataType.UINT8),
                manager.create(FloatBuffer.wrap(tables), new Shape(tables.length), DataType.FLOAT32));
    }

    /// Quantises the scales.
    ///
    /// @param codes takes the codes of the scales
    /// @return the tables
    private static float[] tables(float[] scales, byte[] codes) {
        int nested = Math.ceilDiv(scales.length, SCALE_BLOCK);
        float[] tables = new float[NESTED + nested];
        for (int pair = 0; pair < 256; pair++) {
            tables[2 * pair] = NORMAL[pair >> 4];
            tables[2 * pair + 1] = NORMAL[pair & 15];
        }
        System.arraycopy(DYNAMIC, 0, tables, SCALES, DYNAMIC.length);
        double sum = 0;
        for (float scale : scales) {
            sum += scale;
        }
        float mean = (float) (sum / scales.length);
        tables[MEAN] = mean;
        for (int block = 0; block < nested; block++) {
            int first = block * SCALE_BLOCK;
            int end = Math.min(scales.length, first + SCALE_BLOCK);
            float largest = 0;
            for (int i = first; i < end; i++) {
                largest = Math.max(largest, Math.abs(scales[i] - mean));
            }
            tables[NESTED + block] = largest;
            for (int i = first; i < end; i++) {
                codes[i] = (byte) nearest(DYNAMIC, largest == 0 ? 0 : (scales[i] - mean) / largest);
            }
        }
        return tables;
    }

    /// Returns the index of the number nearest to a value, among numbers in rising order.
    private static int nearest(float[] numbers, float value) {
        int at = Arrays.binarySearch(numbers, value);
        if (at >= 0) {
            return at;
        }
        int above = Math.clamp(-at - 1, 1, numbers.length - 1);
        return value - numbers[above - 1] <= numbers[above] - value ? above - 1 : above;
    }

    /// Returns the elements of a matrix, in fp32.
    static NDArray dequantize(PtNDManager manager, List<NDArray> quantized) {
        try (TorchProgram program = new TorchProgram(manager, source(Precision.FP32))) {
            return program.call(manager, "nf4", quantized.get(0), quantized.get(1), quantized.get(2))
                    .singletonOrThrow();
        }
    }
}

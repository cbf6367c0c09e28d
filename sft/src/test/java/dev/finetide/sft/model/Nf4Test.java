package dev.finetide.sft.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.torch.TorchRuntime;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class Nf4Test {
    /// The map's own definition (Dettmers 2015, 8-bit approximations): seven decades of 1 to 64 steps, both
    /// signs.
    @Test
    void theDynamicNumbersAreThoseOfBitsandbytes() {
        float[] numbers = Nf4.dynamicNumbers();
        assertThat(numbers).hasSize(256).isSorted().doesNotHaveDuplicates();
        assertThat(numbers[255]).isEqualTo(1f);
        assertThat(numbers[127]).isEqualTo(0f);
        assertThat(numbers[128]).isCloseTo(5.5e-7f, Offset.offset(1e-13f));
        assertThat(numbers[129]).isCloseTo(3.25e-6f, Offset.offset(1e-12f));
        assertThat(numbers[254]).isCloseTo(0.9929687f, Offset.offset(1e-6f));
        assertThat(numbers[0]).isCloseTo(-0.9929687f, Offset.offset(1e-6f));
        for (int i = 0; i < 127; i++) {
            assertThat(numbers[i]).isEqualTo(-numbers[254 - i]);
        }
    }

    /// Against a plain loop over codes and tables.
    @Test
    void dequantisingIsTableLookupTimesScale() {
        int rows = 48;
        int columns = 384;
        float[] matrix = new float[rows * columns];
        Random random = new Random(4);
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = (float) (random.nextGaussian() * 0.05 * (1 + i % 7));
        }
        try (PtNDManager manager = TorchRuntime.newManager()) {
            List<NDArray> quantized = Nf4.quantize(manager, MemorySegment.ofArray(matrix), rows);
            byte[] codes = quantized.get(0).toByteArray();
            byte[] absmax = quantized.get(1).toByteArray();
            float[] state = quantized.get(2).toFloatArray();
            assertThat(codes).hasSize(matrix.length / 2);
            assertThat(absmax).hasSize(matrix.length / 64);
            NDArray wide = Nf4.dequantize(manager, quantized);
            assertThat(wide.getShape().getShape()).containsExactly(rows, columns);
            float[] actual = wide.toFloatArray();
            for (int i = 0; i < matrix.length; i++) {
                int code = i % 2 == 0 ? (codes[i / 2] & 0xff) >> 4 : codes[i / 2] & 15;
                float scale = state[512 + (absmax[i / 64] & 0xff)] * state[769 + i / 64 / 256] + state[768];
                assertThat(actual[i]).isCloseTo(state[2 * 16 * code] * scale, Offset.offset(1e-7f));
                assertThat(actual[i]).isCloseTo(matrix[i], Offset.offset(0.17f * scale));
            }
        }
    }

    @Test
    void whatNf4CanSayExactlyStaysAsItIs() {
        float[] matrix = new float[128];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = i % 3 - 1;
        }
        try (PtNDManager manager = TorchRuntime.newManager()) {
            List<NDArray> quantized = Nf4.quantize(manager, MemorySegment.ofArray(matrix), 2);
            assertThat(Nf4.dequantize(manager, quantized).toFloatArray()).containsExactly(matrix);
            List<NDArray> zeros = Nf4.quantize(manager, MemorySegment.ofArray(new float[64]), 1);
            assertThat(Nf4.dequantize(manager, zeros).toFloatArray()).containsOnly(0f);
        }
    }
}

package dev.finetide.retrieval.embed;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.PriorityQueue;
import java.util.stream.Stream;

/// Vectors in mapped files, searched one by one: exact, fast enough for a million, and outside Java's heap. Safe
/// for use by several threads.
public final class Vectors {
    private final int dimensions;
    private final int size;
    private final List<FloatBuffer> blocks;

    /// @param blocks vectors one behind the other, [VectorFolder#BLOCK] of them a buffer
    Vectors(int dimensions, int size, List<FloatBuffer> blocks) {
        this.dimensions = dimensions;
        this.size = size;
        this.blocks = List.copyOf(blocks);
    }

    public int size() {
        return size;
    }

    /// A vector that was found, and its inner product with the question's.
    public record Near(int position, float product) {}

    /// Returns the vectors with the largest inner products, the largest first; of equal ones the earlier.
    public List<Near> nearest(float[] question, int count) {
        PriorityQueue<Near> best = new PriorityQueue<>((a, b) -> a.product() == b.product()
                ? Integer.compare(b.position(), a.position())
                : Float.compare(a.product(), b.product()));
        float[] vector = new float[dimensions];
        for (int i = 0; i < size && count > 0; i++) {
            blocks.get(i / VectorFolder.BLOCK).get(i % VectorFolder.BLOCK * dimensions, vector);
            float product = product(question, vector);
            if (best.size() < count) {
                best.add(new Near(i, product));
            } else if (product > best.element().product()) {
                best.poll();
                best.add(new Near(i, product));
            }
        }
        return Stream.generate(best::poll).limit(best.size()).toList().reversed();
    }

    /// Eight sums side by side let the compiler use wide registers; one sum would forbid it, because the order of
    /// additions is fixed.
    private static float product(float[] a, float[] b) {
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (int i = 0; i + 8 <= a.length; i += 8) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
            s4 += a[i + 4] * b[i + 4];
            s5 += a[i + 5] * b[i + 5];
            s6 += a[i + 6] * b[i + 6];
            s7 += a[i + 7] * b[i + 7];
        }
        float rest = 0;
        for (int i = a.length & -8; i < a.length; i++) {
            rest += a[i] * b[i];
        }
        return s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + rest;
    }
}

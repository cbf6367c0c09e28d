package dev.finetide.retrieval.embed;

import java.util.List;

/// Counts letters: an embedder that needs no model, and that can stop in the middle as a killed process does.
public final class LetterEmbedder implements Embedder {
    private int embedded;
    private int stopAfter = Integer.MAX_VALUE;

    LetterEmbedder stoppingAfter(int texts) {
        stopAfter = texts;
        return this;
    }

    int embedded() {
        return embedded;
    }

    @Override
    public float[][] embed(List<String> texts) {
        if (embedded + texts.size() > stopAfter) {
            throw new IllegalStateException("stopped");
        }
        embedded += texts.size();
        return texts.stream().map(LetterEmbedder::vector).toArray(float[][]::new);
    }

    private static float[] vector(String text) {
        float[] vector = new float[26];
        text.chars().filter(c -> c >= 'a' && c <= 'z').forEach(c -> vector[c - 'a']++);
        double length = 0;
        for (float number : vector) {
            length += number * number;
        }
        for (int i = 0; i < vector.length && length > 0; i++) {
            vector[i] /= (float) Math.sqrt(length);
        }
        return vector;
    }

    @Override
    public int dimensions() {
        return 26;
    }

    @Override
    public String identity() {
        return "letters";
    }

    @Override
    public void close() {}
}

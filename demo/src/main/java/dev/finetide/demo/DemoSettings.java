package dev.finetide.demo;

/// Every number that the demo's model and data depend on.
///
/// @param seed       of tickets, corpus, initial weights and shuffle
/// @param trainRows  tickets to learn from
/// @param testRows   tickets of held-out phrasings
/// @param vocabulary tokens, special ones included
/// @param documents  texts and conversations that the base reads, each once
/// @param batchSize  documents of one step of pretraining
/// @param learningRate its peak in pretraining, after `warmupSteps`, then down to 0 as half a cosine
record DemoSettings(
        long seed,
        int trainRows,
        int testRows,
        int vocabulary,
        int documents,
        int batchSize,
        double learningRate,
        int warmupSteps) {
    /// Tokens of the longest text that the base can read.
    static final int MAX_LENGTH = 512;

    static final DemoSettings COMMITTED = new DemoSettings(7, 3000, 200, 2048, 80_000, 32, 3e-3, 100);

    /// A shorter run, of whose steps as large a part warms up.
    DemoSettings withDocuments(int fewer) {
        int warmup = warmupSteps * fewer / documents;
        return new DemoSettings(seed, trainRows, testRows, vocabulary, fewer, batchSize, learningRate, warmup);
    }
}

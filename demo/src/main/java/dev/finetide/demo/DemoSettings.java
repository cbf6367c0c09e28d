package dev.finetide.demo;

/// All numbers that the demo's model and data depend on.
///
/// @param seed seed of tickets, corpus, initial weights and shuffle
/// @param trainRows number of tickets for training
/// @param testRows number of tickets with held-out phrasings
/// @param vocabulary number of tokens, including special ones
/// @param documents number of texts and conversations that the base reads, each once
/// @param batchSize number of documents in one step of pretraining
/// @param learningRate peak learning rate of pretraining, which is reached after `warmupSteps` and then falls to 0
///     as half a cosine
record DemoSettings(
        long seed,
        int trainRows,
        int testRows,
        int vocabulary,
        int documents,
        int batchSize,
        double learningRate,
        int warmupSteps) {
    /// The number of tokens of the longest text that the base can read.
    static final int MAX_LENGTH = 512;

    static final DemoSettings COMMITTED = new DemoSettings(7, 3000, 200, 2048, 80_000, 32, 3e-3, 100);

    /// Returns the settings of a shorter run, in which the same fraction of steps warms up.
    DemoSettings withDocuments(int fewer) {
        int warmup = warmupSteps * fewer / documents;
        return new DemoSettings(seed, trainRows, testRows, vocabulary, fewer, batchSize, learningRate, warmup);
    }
}

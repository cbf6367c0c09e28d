package dev.finetide.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A part of pretraining: a number of documents, each of which the base reads once. A lesson begins with the weights of
/// the one before it and has a course of the learning rate of its own.
///
/// @param documents number of documents
/// @param worldPercent documents of a hundred that are of the [Corpus]; the others are [ShownTasks]
/// @param notesPercent shown tasks of a hundred that are about notes; the others are about mails
/// @param familiar whether the answers of all shown tasks about mails have familiar keys
/// @param batchSize number of documents in one step
/// @param learningRate peak learning rate, which is reached after `warmupSteps` and then falls to 0 as half a cosine
record Lesson(
        int documents,
        int worldPercent,
        int notesPercent,
        boolean familiar,
        int batchSize,
        double learningRate,
        int warmupSteps) {
    /// Corpus and shown tasks of one lesson are drawn with different seeds.
    private static final int CORPUS_SEED = 7;

    /// A lesson of texts and conversations in which every question is asked in words.
    static Lesson ofWorld(int documents, int batchSize, double learningRate, int warmupSteps) {
        return new Lesson(documents, 100, 0, false, batchSize, learningRate, warmupSteps);
    }

    List<Document> write(long seed) {
        if (worldPercent == 100) {
            return new Corpus(seed).documents(documents);
        }
        Random random = new Random(seed);
        ShownTasks shown = new ShownTasks(random, familiar);
        Corpus corpus = new Corpus(seed * CORPUS_SEED);
        List<Document> written = new ArrayList<>(documents);
        while (written.size() < documents) {
            if (random.nextInt(100) < worldPercent) {
                written.add(corpus.next());
            } else {
                written.add(random.nextInt(100) < notesPercent ? shown.ofNotes() : shown.ofMails());
            }
        }
        return written;
    }

    /// Returns a shorter lesson, in which the same fraction of steps warms up.
    Lesson withDocuments(int fewer) {
        int warmup = (int) ((long) warmupSteps * fewer / documents);
        return new Lesson(fewer, worldPercent, notesPercent, familiar, batchSize, learningRate, warmup);
    }
}

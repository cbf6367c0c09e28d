package dev.finetide.demo;

import java.util.List;

/// All numbers that the demo's model and data depend on.
///
/// @param seed seed of tickets, corpus, initial weights and shuffle
/// @param trainRows number of tickets for training
/// @param testRows number of tickets with held-out phrasings
/// @param vocabulary number of tokens, including special ones
/// @param lessons parts of the pretraining, in their order
record DemoSettings(long seed, int trainRows, int testRows, int vocabulary, List<Lesson> lessons) {
    /// The number of tokens of the longest text that the base can read.
    static final int MAX_LENGTH = 512;

    static final DemoSettings COMMITTED = new DemoSettings(
            7,
            3000,
            200,
            2048,
            List.of(
                    Lesson.ofWorld(80_000, 32, 3e-3, 100),
                    new Lesson(6_000, 10, 100, false, 16, 3e-3, 20),
                    new Lesson(5_000, 10, 50, false, 16, 3e-3, 20),
                    new Lesson(2_500, 10, 15, true, 16, 2e-3, 10)));

    DemoSettings {
        lessons = List.copyOf(lessons);
    }

    /// Returns the documents of a lesson.
    ///
    /// @param index place of the lesson, from 0
    List<Document> documents(int index) {
        return lessons.get(index).write(index == 0 ? seed + 2 : seed + 3 + index);
    }

    /// Returns the settings of a shorter run, whose first lesson has fewer documents, and the others as well.
    DemoSettings withDocuments(int fewer) {
        int all = lessons.getFirst().documents();
        return new DemoSettings(
                seed,
                trainRows,
                testRows,
                vocabulary,
                lessons.stream()
                        .map(lesson -> lesson.withDocuments((int) Math.max(1, (long) lesson.documents() * fewer / all)))
                        .toList());
    }
}

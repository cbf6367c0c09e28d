package dev.finetide.worker.evaluate;

import java.nio.file.Path;

/// Settings of [BakeOffBench], which system properties give: `-Dbake-off.base=DIR`, `-Dbake-off.steps=48` and so on.
/// The defaults suit the demo's base.
///
/// @param base Hugging Face directory of the base
/// @param steps largest number of training steps
/// @param learningRate peak learning rate
/// @param rows largest number of test rows that each arm answers
/// @param talkTokens tokens by which a reply of an untrained model may be longer than an answer that is cut out of it
/// @param atOnce tasks that are computed at once, with a thread each
record BakeOffSettings(Path base, int steps, double learningRate, int rows, int talkTokens, int atOnce) {
    static BakeOffSettings given() {
        return new BakeOffSettings(
                Path.of(System.getProperty("bake-off.base", EvaluationStage.DEMO.toString())),
                Integer.getInteger("bake-off.steps", 200),
                Double.parseDouble(System.getProperty("bake-off.learning-rate", "0.003")),
                Integer.getInteger("bake-off.rows", 80),
                Integer.getInteger("bake-off.talk-tokens", 0),
                Integer.getInteger("bake-off.at-once", 2));
    }
}

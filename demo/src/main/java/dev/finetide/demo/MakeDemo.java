package dev.finetide.demo;

import dev.finetide.sft.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the demo's data, tokenizer and base model again: `demo/make [DIR]`, `demo` unless named. The same
/// source gives the same data and tokenizer everywhere, and the same weights on the same kind of processor with
/// the same number of threads.
public final class MakeDemo {
    /// The number of threads, which affects the last bits of the weights, because gradients of micro-batches are
    /// added up in their order.
    private static final int THREADS = 2;

    private MakeDemo() {}

    public static void main(String[] args) throws IOException {
        Path dir = Path.of(args.length > 0 ? args[0] : "demo");
        DemoSettings settings = args.length > 1
                ? DemoSettings.COMMITTED.withDocuments(Integer.parseInt(args[1]))
                : DemoSettings.COMMITTED;
        SupportDesk.write(dir.resolve("support-desk"), settings);
        System.out.printf(
                "wrote %d rows to train on and %d held-out ones%n", settings.trainRows(), settings.testRows());
        Path base = dir.resolve("base");
        Pretraining pretraining = new Pretraining(settings);
        pretraining.writeConfig(base);
        pretraining.writeTokenizer(base);
        System.out.printf("wrote a tokenizer of %d tokens%n", settings.vocabulary());
        pretraining.train(
                base,
                Files.createTempDirectory("finetide-demo"),
                EngineOptions.defaults().withThreads(THREADS));
    }
}

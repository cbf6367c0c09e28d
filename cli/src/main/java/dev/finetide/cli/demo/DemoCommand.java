package dev.finetide.cli.demo;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.client.Timeouts;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.run.RunOutcome;
import dev.finetide.cli.worker.WorkerProcess;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.WireSettings;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Goes the whole way from a dataset to an adapter on this machine, in about two minutes.",
            "Starts a separate stack, publishes a dataset, fine-tunes the demo's base model with LoRA, compares it with the",
            "base without and with examples in its prompt, says which way to take, lets the registry decide, pulls the",
            "adapter, shows an answer before and after, and stops everything."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide demo",
            "  finetide demo --out ./my-adapter",
            "  finetide demo -o json 2>/dev/null | jq .arms.tuned.exact_match",
            "",
            "Exit code 1 if the tuned model was not approved."
        })
public final class DemoCommand implements Callable<Integer> {
    /// Opens connections of this machine alone.
    private static final Channels LOOPBACK = new Channels(WireSettings.of(Map.of()));

    private static final String DEFAULT_FOLDER = "finetide-demo/support-desk-v1";

    @Mixin
    private CommandOutput output;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Folder for the adapter; default: ./" + DEFAULT_FOLDER + ", with a number if that exists.")
    private Path out;

    @Option(names = "--keep", description = "Keep the stack's data and logs, and print their path.")
    private boolean keep;

    @Option(names = "--material", hidden = true, description = "Another base, task and recipe.")
    private Path material;

    @Option(names = "--max-steps", hidden = true, description = "A smaller run, for tests.")
    private Integer maxSteps;

    @Option(names = "--eval-max-rows", hidden = true, description = "A smaller evaluation, for tests.")
    private Integer evalMaxRows;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Steps steps = new Steps(output.isJson() ? output.err() : output.out());
        Path home = WorkerProcess.home();
        DemoMaterial task = new DemoMaterial(material == null ? home.resolve("demo") : material).requireComplete();
        TrainingConfig recipe = smaller(task.recipe());
        Path folder = folder();
        DemoReport report;
        DemoStack stack = DemoStack.prepare(home, keep, steps::say);
        try (stack) {
            report = tell(stack, task, recipe, folder, home, steps);
            steps.begin("stop everything");
        } catch (IOException | InterruptedException | RuntimeException failure) {
            if (stack.isInterrupted()) {
                awaitExit();
            }
            throw failure;
        }
        return finish(new DemoReport(steps.seconds(), report.outcome(), report.adapter()), stack, steps);
    }

    /// Waits for the JVM, which is shutting down, to end. The failure that led here is only a result of the
    /// shutdown.
    private static void awaitExit() throws InterruptedException {
        Thread.interrupted();
        TimeUnit.MINUTES.sleep(1);
    }

    private DemoReport tell(
            DemoStack stack, DemoMaterial task, TrainingConfig recipe, Path folder, Path home, Steps steps)
            throws IOException, InterruptedException {
        steps.begin("start Kafka, PostgreSQL and the four services");
        stack.start();
        try (Services services =
                new Services(stack.endpoints(), stack.tokens(), LOOPBACK, Timeouts.DEFAULT, output.err())) {
            DemoStory story = new DemoStory(services, task, steps, output.err());
            DatasetVersion dataset = story.pushDataset();
            Base base = story.addBase();
            RunOutcome outcome = story.train(recipe, dataset, base);
            story.showReport(outcome);
            if (!outcome.isApproved()) {
                return new DemoReport(0, outcome, Optional.empty());
            }
            story.pull(outcome.modelVersion().orElseThrow(), folder);
            story.answer(home, folder, outcome.run().getConfig().getEvaluation().getMaxNewTokens());
            return new DemoReport(0, outcome, Optional.of(folder));
        }
    }

    private int finish(DemoReport report, DemoStack stack, Steps steps) {
        if (keep) {
            steps.say("data and logs are kept in " + stack.data());
        }
        steps.begin(report.adapter()
                .map(folder -> "done; the adapter is in " + folder)
                .orElse("done, but the tuned model was not approved"));
        if (output.isJson()) {
            output.line(report.toJson().toString());
        }
        return (report.outcome().isApproved() ? ExitCode.DONE : ExitCode.FAILED).number();
    }

    private TrainingConfig smaller(TrainingConfig recipe) {
        TrainingConfig.Builder config = recipe.toBuilder();
        if (maxSteps != null) {
            config.clearEpochs().setMaxSteps(maxSteps);
        }
        if (evalMaxRows != null) {
            config.getEvaluationBuilder().setMaxRows(evalMaxRows);
        }
        return config.build();
    }

    /// Chooses the adapter's folder before anything starts, so that two minutes of work cannot fail at its end.
    private Path folder() throws IOException {
        if (out != null) {
            if (isTaken(out)) {
                throw CommandFailedException.refused("--out " + out + " is not empty; nothing is overwritten");
            }
            return out.toAbsolutePath().normalize();
        }
        Path folder = Path.of(DEFAULT_FOLDER);
        for (int number = 2; isTaken(folder); number++) {
            folder = Path.of(DEFAULT_FOLDER + "-" + number);
        }
        return folder.toAbsolutePath().normalize();
    }

    private static boolean isTaken(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return Files.exists(folder);
        }
        try (Stream<Path> inside = Files.list(folder)) {
            return inside.findAny().isPresent();
        }
    }
}

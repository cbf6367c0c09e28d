package dev.finetide.cli.run;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.RunEvaluations;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = "Shows two runs side by side: settings that differ, losses while they were trained, and scores.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide run compare RUN_A RUN_B",
            "  finetide run compare RUN_A RUN_B --all",
            "  finetide run compare RUN_A RUN_B -o json | jq '.runs[].evaluation.report.arms'"
        })
final class RunCompareCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN_A", description = "The first run's id or name.")
    private String first;

    @Parameters(index = "1", paramLabel = "RUN_B", description = "The second run's id or name.")
    private String second;

    @Option(names = "--all", description = "Show all settings, also those that are equal.")
    private boolean all;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            List<ComparedRun> runs = Stream.of(first, second)
                    .map(typed -> read(services, connection.names().run(typed)))
                    .toList();
            if (output.isJson()) {
                output.line(toJson(runs).toString());
            } else {
                new RunComparison(runs.get(0), runs.get(1)).print(all, output.out());
            }
        }
        return 0;
    }

    private static ComparedRun read(Services services, String name) {
        GetTrainingRunRequest request =
                GetTrainingRunRequest.newBuilder().setName(name).build();
        TrainingRun run = services.runs().call(stub -> stub.getTrainingRun(request));
        LossCurve curve = switch (run.getState()) {
            case SUCCEEDED, FAILED, CANCELLED -> LossCurve.of(services, name);
            // The watch of a run that goes on would wait for its end.
            case QUEUED, STARTING, RUNNING, CANCELLING, STATE_UNSPECIFIED, UNRECOGNIZED -> LossCurve.NONE;
        };
        return new ComparedRun(run, curve, new RunEvaluations(services).ofRun(name));
    }

    private static JsonObject toJson(List<ComparedRun> runs) {
        JsonArray array = new JsonArray();
        runs.forEach(compared -> {
            JsonObject object = new JsonObject();
            object.add("trainingRun", CommandOutput.toJsonTree(compared.run()));
            JsonArray steps = new JsonArray();
            compared.curve().steps().forEach(step -> steps.add(CommandOutput.toJsonTree(step)));
            object.add("progress", steps);
            JsonArray validations = new JsonArray();
            compared.curve().validations().forEach(result -> validations.add(CommandOutput.toJsonTree(result)));
            object.add("validations", validations);
            compared.evaluation().ifPresent(found -> object.add("evaluation", CommandOutput.toJsonTree(found)));
            array.add(object);
        });
        JsonObject comparison = new JsonObject();
        comparison.add("runs", array);
        return comparison;
    }
}

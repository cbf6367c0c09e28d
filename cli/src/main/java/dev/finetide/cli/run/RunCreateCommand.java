package dev.finetide.cli.run;

import com.google.gson.JsonObject;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.ArmText;
import dev.finetide.cli.eval.ReportPage;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "create",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        resourceBundle = "dev.finetide.cli.run.SettingDescriptions",
        description = "Queues a fine-tuning run; with --wait, follows it until its model version is decided.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide run create --base ./models/smollm2 --dataset support-desk --wait",
            "  finetide run create --base smollm2 --dataset support-desk@2 --rank 8 --target-modules q_proj,v_proj",
            "  finetide run create --base ./stories260k --dataset banking77 --method full --lr 3e-3 \\",
            "      --warmup-steps 50 --batch-size 32 --epochs 12 --eval-max-new-tokens 32 --wait",
            "  finetide run create --base smollm2 --dataset tickets --validation-fraction 0.1 --early-stop-patience 3",
            "  finetide run create --base smollm2 --dataset tickets --from support-desk@2",
            "  finetide run create --base smollm2 --dataset tickets --dry-run      what would it take?",
            "  finetide run create --base smollm2 --dataset tickets --eval-arm few-shot=similar:8 --wait",
            "",
            "With --wait: exit code 0 when the version was approved, 1 when not. -o json --wait prints one object with",
            "trainingRun, evaluation and modelVersion at the end.",
            "",
            "The evaluation compares base, tuned and each --eval-arm, with the version that is approved now.",
            ArmText.HELP
        })
final class RunCreateCommand implements Callable<Integer>, FieldOptions {
    @Option(names = "--base", required = true, paramLabel = "DIR_OR_NAME")
    private String base;

    @Mixin
    private TrainingOptions options;

    @Option(names = "--wait", description = "Wait for training, evaluation and the decision.")
    private boolean wait;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() throws IOException {
        try (Services services = connection.open(output)) {
            CreateTrainingRunRequest request = CreateTrainingRunRequest.newBuilder()
                    .setParent(connection.names().parent())
                    .setConfig(options.config(connection.names(), base(services)))
                    .setRequestId(UUID.randomUUID().toString())
                    .build();
            TrainingRun run = services.runs().call(stub -> stub.createTrainingRun(request));
            RunText.wrapping(run).ifPresent(output::note);
            if (options.isDryRun()) {
                return estimate(services, run);
            }
            if (wait) {
                return follow(services, run);
            }
            if (output.isJson()) {
                output.json(run);
            } else {
                output.line("run " + Names.brief(run.getName()) + " is "
                        + RunDisplay.word(run.getState().name()) + "; follow it with: finetide run watch "
                        + Names.brief(run.getName()));
            }
            return ExitCode.DONE.number();
        }
    }

    @Override
    public Map<String, String> optionByField() {
        return TrainingFields.OPTION_BY_FIELD;
    }

    private String base(Services services) throws IOException {
        return new BaseUpload(services.bases(), connection.names(), output.err()).resolve(base);
    }

    private int estimate(Services services, TrainingRun run) {
        TrainingRun ended;
        try (RunDisplay display = new RunDisplay(output.err())) {
            ended = new RunFollower(services, display).followRun(run.getName());
        }
        if (output.isJson()) {
            output.json(ended);
        } else if (ended.hasEstimate()) {
            RunText.printEstimate(ended, output.out());
        }
        return (ended.hasEstimate() ? ExitCode.DONE : ExitCode.FAILED).number();
    }

    private int follow(Services services, TrainingRun run) {
        output.note("run " + Names.brief(run.getName()) + " is created; Ctrl-C ends the waiting, not the run");
        RunOutcome outcome;
        try (RunDisplay display = new RunDisplay(output.err())) {
            outcome = new RunFollower(services, display).follow(run.getName());
        }
        if (output.isJson()) {
            output.line(toJson(outcome).toString());
        } else {
            outcome.evaluation()
                    .filter(evaluation -> evaluation.hasReport())
                    .ifPresent(evaluation -> new ReportPage(evaluation.getReport()).print(output.out()));
            outcome.modelVersion()
                    .ifPresent(version -> output.line(Names.brief(version.getName()) + " is "
                            + RunDisplay.word(version.getState().name())));
        }
        return (outcome.isApproved() ? ExitCode.DONE : ExitCode.FAILED).number();
    }

    private static JsonObject toJson(RunOutcome outcome) {
        JsonObject object = new JsonObject();
        object.add("trainingRun", CommandOutput.toJsonTree(outcome.run()));
        outcome.evaluation().ifPresent(evaluation -> object.add("evaluation", CommandOutput.toJsonTree(evaluation)));
        outcome.modelVersion().ifPresent(version -> object.add("modelVersion", CommandOutput.toJsonTree(version)));
        return object;
    }
}

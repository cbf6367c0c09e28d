package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.run.RenderingName;
import dev.finetide.cli.run.RowFindingName;
import dev.finetide.cli.run.RunFollower;
import dev.finetide.cli.run.RunListener;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.evaluation.v1.CreateEvaluationRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.training.v1.Precision;
import dev.finetide.proto.work.v1.State;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
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
        description =
                "Compares models and ways to ask them on the held-out rows of a dataset; with --wait, shows the report.",
        footerHeading = "%nArms:%n",
        footer = {
            ArmText.HELP,
            "",
            "Examples:",
            "  finetide eval create --base smollm2 --dataset tickets --arm base --arm few-shot=similar:8 --wait",
            "  finetide eval create --base smollm2 --dataset tickets@2 --arm instruction=task+similar:0+similar:4 \\",
            "      --arm tickets@3 --arm both=tickets@3+similar:4 --max-rows 200 --wait",
            "  finetide eval create --base smollm2 --dataset sums --task number --arm random:8x5:seed=7 \\",
            "      --arm careful=system=@sys.txt+instruction=@short.txt+instruction=@long.txt",
            "  finetide eval create --base smollm2 --dataset tickets --arm linear --arm old=frozen:answers.jsonl \\",
            "      --arm gpt=endpoint:gpt-4o-mini@https://api.openai.com/v1+key=openai+price=0.15/0.60+instruction=task",
            "  finetide eval create --base smollm2 --dataset questions --documents manual --arm rag=passages:3 \\",
            "      --arm fused=passages:3:fused --arm both=desk@3+passages:3",
            "  finetide eval create --base smollm2 --dataset letters --arm base --arm tuned=letters@3 \\",
            "      --judge endpoint:gpt-4o@https://api.openai.com/v1+key=openai+price=2.5/10 --judge-labels preferences",
            "",
            "With --wait: exit code 0 if the evaluation succeeded, 1 if not."
        })
final class EvalCreateCommand implements Callable<Integer>, FieldOptions {
    @Option(names = "--dataset", required = true, paramLabel = "NAME[@VERSION]", description = "Whose rows are asked.")
    private String dataset;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            description =
                    "The rows that are asked: test, validation, or another split of the dataset except train; default:"
                            + " test. Try on validation, and let the test rows decide once.")
    private String split;

    @Option(
            names = "--base",
            required = true,
            paramLabel = "DIR_OR_NAME",
            description = "A base, or a model directory.")
    private String base;

    @Mixin
    private EvaluationOptions options;

    @Mixin
    private JudgeOptions judge;

    @Option(
            names = "--render",
            paramLabel = "chat|text",
            description = "chat: by the base's chat template; text: prompt and completion as they are;"
                    + " default: chat where the base has a template.")
    private RenderingName rendering;

    @Option(
            names = "--leave-out",
            paramLabel = "KIND",
            split = ",",
            converter = RowFindingName.class,
            description = "Rows to leave out and count: too-long, not-rendered, empty-answer, refused-by-template,"
                    + " nothing-learnt.")
    private List<RowFinding> leaveOut = List.of();

    @Option(
            names = "--precision",
            paramLabel = "fp32|bf16",
            description = "Number format of weights and activations; default: the worker decides.")
    private Precision precision;

    @Option(names = "--wait", description = "Wait for the end, and show the report.")
    private boolean wait;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() throws IOException {
        if (!options.hasArms()) {
            throw new CommandFailedException(
                    ExitCode.USAGE, "name at least one arm to ask, as in --arm base --arm few-shot=similar:8");
        }
        try (Services services = connection.open(output)) {
            EvaluationSpec.Builder spec = spec(services);
            CreateEvaluationRequest request = CreateEvaluationRequest.newBuilder()
                    .setParent(connection.names().parent())
                    .setSpec(spec)
                    .setRequestId(UUID.randomUUID().toString())
                    .build();
            Evaluation evaluation = services.evaluations().call(stub -> stub.createEvaluation(request));
            if (wait) {
                return follow(services, evaluation);
            }
            if (output.isJson()) {
                output.json(evaluation);
            } else {
                output.line("evaluation " + Names.brief(evaluation.getName()) + " is "
                        + EvaluationText.word(evaluation.getState().name()) + "; follow it with: finetide eval watch "
                        + Names.typed(evaluation.getName()));
            }
            return ExitCode.DONE.number();
        }
    }

    private EvaluationSpec.Builder spec(Services services) throws IOException {
        Names names = connection.names();
        EvaluationSpec.Builder spec = EvaluationSpec.newBuilder()
                .setDatasetVersion(names.datasetVersion(dataset))
                .setConfig(options.config(names))
                .addAllLeaveOut(leaveOut);
        if (split != null) {
            spec.setSplit(split);
        }
        if (rendering != null) {
            spec.setRendering(rendering.rendering());
        }
        if (precision != null) {
            spec.setPrecision(precision);
        }
        judge.addTo(spec, names);
        new FrozenUpload(services, names, output.err()).push(spec);
        return spec.setBase(new BaseUpload(services.bases(), names, output.err()).resolve(base));
    }

    @Override
    public Map<String, String> optionByField() {
        Map<String, String> options = new HashMap<>(EvaluationOptions.optionByField("spec.config."));
        options.putAll(JudgeOptions.OPTION_BY_FIELD);
        options.putAll(Map.of(
                "spec.dataset_version", "--dataset",
                "spec.split", "--split",
                "spec.base", "--base",
                "spec.rendering", "--render",
                "spec.leave_out", "--leave-out",
                "spec.precision", "--precision"));
        return options;
    }

    private int follow(Services services, Evaluation created) {
        output.note("evaluation " + Names.brief(created.getName())
                + " is created; Ctrl-C ends the waiting, not the evaluation");
        Evaluation ended;
        try (EvaluationDisplay display = new EvaluationDisplay(output.err())) {
            ended = new RunFollower(services, new Shown(display)).followEvaluation(created.getName());
        }
        if (output.isJson()) {
            output.json(ended);
        } else {
            EvaluationText.print(ended, 0, output.out());
        }
        return (ended.getState() == State.SUCCEEDED ? ExitCode.DONE : ExitCode.FAILED).number();
    }

    private record Shown(EvaluationDisplay display) implements RunListener {
        @Override
        public void onEvaluation(EvaluationUpdate update) {
            display.on(update);
        }
    }
}

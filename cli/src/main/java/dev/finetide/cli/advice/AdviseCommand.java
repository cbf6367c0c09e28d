package dev.finetide.cli.advice;

import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.eval.ArmText;
import dev.finetide.cli.eval.EvaluationOptions;
import dev.finetide.cli.eval.FrozenUpload;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.TimeSpan;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceSpec;
import dev.finetide.proto.evaluation.v1.CreateAdviceRequest;
import dev.finetide.proto.training.v1.EvaluationConfig;
import dev.finetide.proto.training.v1.Method;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "advise",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Says which way to take for a dataset and a base: a prompt, examples in it, LoRA or full fine-tuning.",
            "Asks the base without training, trains what fits the budget, compares everything on the held-out rows, and",
            "prints one page. Runs and evaluations that exist already are used."
        },
        footerHeading = "%nArms:%n",
        footer = {
            ArmText.HELP,
            "",
            "Examples:",
            "  finetide advise --dataset support-desk --base smollm2",
            "  finetide advise --dataset support-desk --base smollm2 --train lora,full --budget 20m",
            "  finetide advise --dataset sums --base ./qwen --arm careful=system=@sys.txt+similar:4 --price-per-hour 2.50",
            "  finetide advise --dataset questions --base smollm2 --documents manual",
            "  finetide advise --dataset support-desk --base smollm2 -o json | jq -r .report.recommendation.advice",
            "",
            "Exit code 0 when there is advice, 1 when not. Ctrl-C ends the waiting, not the work: finetide advice watch."
        })
public final class AdviseCommand implements Callable<Integer>, FieldOptions {
    private enum MethodName {
        LORA,
        FULL
    }

    @Option(names = "--dataset", required = true, paramLabel = "NAME[@VERSION]", description = "The task.")
    private String dataset;

    @Option(
            names = "--base",
            required = true,
            paramLabel = "DIR_OR_NAME",
            description = "A base, or a model directory.")
    private String base;

    @Option(
            names = "--train",
            paramLabel = "lora|full",
            split = ",",
            description = "The methods that may be tried, separated by commas; default: lora.")
    private List<MethodName> methods = List.of();

    @Option(
            names = "--budget",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description =
                    "Time that all trainings together may take by their estimates, such as 20m or 1h30m; default: any.")
    private Duration budget;

    @Mixin
    private EvaluationOptions evaluation;

    @Option(
            names = "--price-per-hour",
            paramLabel = "MONEY",
            description = "Price of the machine for an hour: shows what 1,000 requests and each training cost.")
    private double pricePerHour;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() throws IOException {
        try (Services services = connection.open(output)) {
            CreateAdviceRequest request = CreateAdviceRequest.newBuilder()
                    .setParent(connection.names().parent())
                    .setSpec(spec(services))
                    .setRequestId(UUID.randomUUID().toString())
                    .build();
            Advice created = services.advice().call(stub -> stub.createAdvice(request));
            output.note(
                    "advice " + Names.brief(created.getName()) + " is created; Ctrl-C ends the waiting, not the work");
            return AdvicePage.followAndPrint(services, created.getName(), pricePerHour, output);
        }
    }

    private AdviceSpec spec(Services services) throws IOException {
        Names names = connection.names();
        AdviceSpec.Builder spec = AdviceSpec.newBuilder()
                .setDatasetVersion(names.datasetVersion(dataset))
                .addAllMethods(methods.stream()
                        .map(name -> Method.valueOf(name.name()))
                        .toList());
        if (budget != null) {
            spec.setBudgetSeconds(budget.toSeconds());
        }
        EvaluationConfig measured = evaluation.configWithPassages(names);
        FrozenUpload.refuse(measured.getArmsList());
        if (!measured.equals(EvaluationConfig.getDefaultInstance())) {
            spec.setEvaluation(measured);
        }
        return spec.setBase(new BaseUpload(services.bases(), names, output.err()).resolve(base))
                .build();
    }

    @Override
    public Map<String, String> optionByField() {
        Map<String, String> options = new HashMap<>(EvaluationOptions.optionByField("spec.evaluation."));
        options.putAll(Map.of(
                "spec.dataset_version", "--dataset",
                "spec.base", "--base",
                "spec.methods", "--train",
                "spec.budget_seconds", "--budget"));
        return options;
    }
}

package dev.finetide.cli.generate;

import dev.finetide.cli.client.Connection;
import dev.finetide.cli.model.LocalModels;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.worker.MachineOptions;
import dev.finetide.cli.worker.WorkerProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = {
            "Answers prompts on this machine with a base, or with an approved model version on top of it.",
            "If the base has a chat template, a prompt becomes a user message; otherwise it is used unchanged.",
            "Named models are downloaded once and kept under ~/.finetide/cache. Directories need no running stack."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide generate --adapter support-desk 'My invoice is wrong.'",
            "  finetide generate --base smollm2 --adapter support-desk@2 --compare 'My invoice is wrong.'",
            "  finetide generate --base ./models/smollm2 --adapter ./adapter 'Once upon a time' --temperature 0.8",
            "  finetide generate --base smollm2 --system 'Answer in one line.' --stop $'\\n' 'Why is the sky blue?'"
        })
public final class GenerateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(
            names = "--base",
            paramLabel = "DIR_OR_NAME",
            description = "The base; default: the base that the adapter was trained on.")
    private String base;

    @Option(
            names = "--adapter",
            paramLabel = "NAME[@VERSION]|DIR",
            description = "An approved model version, by default the newest, or a directory.")
    private String adapter;

    @Option(names = "--compare", description = "Answer with the base alone, too.")
    private boolean compare;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "128",
            description = "Longest answer, in tokens; default: ${DEFAULT-VALUE}.")
    private int maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            defaultValue = "0",
            description = "0 always takes the most likely token; default: ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draw only among the K most likely tokens; default: ${DEFAULT-VALUE}, all.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description =
                    "Draw only among the most likely tokens that reach this probability together; default: 1, all.")
    private double topP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            defaultValue = "1",
            description = "Above 1: tokens that occurred before become less likely; default: 1, none.")
    private double repetitionPenalty;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "The system message before each prompt; needs a base with a chat template.")
    private String system;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End the answer before this text; may be given several times.")
    private List<String> stopStrings = List.of();

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            defaultValue = "0",
            description = "Seed of sampling; default: ${DEFAULT-VALUE}.")
    private long seed;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(arity = "1..*", paramLabel = "PROMPT", description = "One or more prompts.")
    private List<String> prompts;

    @Override
    public Integer call() throws IOException {
        if (base == null && adapter == null) {
            throw new ParameterException(command.commandLine(), "needs --base or --adapter");
        }
        WorkerProcess worker = new WorkerProcess(WorkerProcess.home());
        for (LocalModels.Model model : models()) {
            worker.run(arguments(model), line -> print(Answer.parse(line)));
        }
        return 0;
    }

    private List<LocalModels.Model> models() throws IOException {
        LocalModels local = new LocalModels(connection, output);
        if (adapter == null) {
            return List.of(local.base(base));
        }
        if (LocalModels.isDirectory(adapter) && base == null) {
            throw new ParameterException(command.commandLine(), "an adapter directory needs --base");
        }
        return local.adapted(adapter, base, compare);
    }

    private List<String> arguments(LocalModels.Model model) {
        List<String> arguments =
                new ArrayList<>(List.of("generate", "--base", model.base().toString()));
        if (model.adapter() != null) {
            arguments.addAll(List.of("--adapter", model.adapter().toString()));
            if (compare) {
                arguments.add("--compare");
            }
        }
        arguments.addAll(List.of("--max-new-tokens", Integer.toString(maxNewTokens)));
        arguments.addAll(List.of("--temperature", Double.toString(temperature), "--seed", Long.toString(seed)));
        arguments.addAll(List.of("--top-k", Integer.toString(topK), "--top-p", Double.toString(topP)));
        arguments.addAll(List.of("--repetition-penalty", Double.toString(repetitionPenalty)));
        if (system != null) {
            arguments.add("--system=" + system);
        }
        stopStrings.forEach(stop -> arguments.add("--stop=" + stop));
        prompts.forEach(prompt -> arguments.add("--prompt=" + prompt));
        arguments.addAll(machine.arguments());
        arguments.addAll(List.of("-o", "json"));
        return arguments;
    }

    private void print(Answer answer) {
        if (output.isJson()) {
            output.line(answer.json());
        } else if (compare) {
            output.line(answer.variant() + ": " + answer.output().strip());
        } else {
            output.line(answer.output());
        }
    }
}

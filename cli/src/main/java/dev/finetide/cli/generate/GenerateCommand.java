package dev.finetide.cli.generate;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.base.BaseReference;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.model.ModelPull;
import dev.finetide.cli.output.Output;
import dev.finetide.cli.worker.MachineOptions;
import dev.finetide.cli.worker.WorkerProcess;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.GetBaseRequest;
import dev.finetide.proto.model.v1.ModelKind;
import dev.finetide.proto.model.v1.ModelVersion;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
            "A prompt is a user message where the base has a chat template, else it is used as it is.",
            "What is named is fetched once and kept under ~/.finetide/cache; directories need no running stack."
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
            description = "The base; default: the one the adapter was trained on.")
    private String base;

    @Option(
            names = "--adapter",
            paramLabel = "NAME[@VERSION]|DIR",
            description = "An approved model version (the newest unless one is named), or a directory.")
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
            description = "0 takes the likeliest token always; default: ${DEFAULT-VALUE}.")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            defaultValue = "0",
            description = "Draw among the K likeliest tokens only; default: ${DEFAULT-VALUE}, all.")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            defaultValue = "1",
            description = "Draw among the fewest likeliest tokens that reach this probability; default: 1, all.")
    private double topP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            defaultValue = "1",
            description = "Above 1: tokens that are there already become less likely; default: 1, none.")
    private double repetitionPenalty;

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            description = "The system message before each prompt; needs a base with a chat template.")
    private String system;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "Ends the answer where this text begins; may be given several times.")
    private List<String> stopStrings = List.of();

    @Option(names = "--seed", paramLabel = "SEED", defaultValue = "0", description = "Of sampling.")
    private long seed;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private Connection connection;

    @Mixin
    private Output output;

    @Parameters(arity = "1..*", paramLabel = "PROMPT", description = "One or more prompts.")
    private List<String> prompts;

    /// Directories that the worker loads.
    ///
    /// @param adapter null for the base alone
    private record Model(Path base, Path adapter) {}

    @Override
    public Integer call() throws IOException {
        if (base == null && adapter == null) {
            throw new ParameterException(command.commandLine(), "needs --base or --adapter");
        }
        WorkerProcess worker = new WorkerProcess(WorkerProcess.home());
        for (Model model : models()) {
            worker.run(arguments(model), line -> print(Answer.parse(line)));
        }
        return 0;
    }

    private List<Model> models() throws IOException {
        if (adapter == null) {
            return List.of(new Model(baseDirectory(), null));
        }
        if (isDirectory(adapter)) {
            if (base == null) {
                throw new ParameterException(command.commandLine(), "an adapter directory needs --base");
            }
            return List.of(new Model(baseDirectory(), existing(Path.of(adapter))));
        }
        try (Services services = connection.open(output)) {
            return models(services);
        }
    }

    private List<Model> models(Services services) throws IOException {
        ModelPull pull = new ModelPull(services.models(), output.err());
        ModelVersion version = pull.find(connection.names().modelVersion(adapter, "approved"));
        Path files = ModelCache.ofUser(output.err()).model(pull, version);
        if (version.getKind() == ModelKind.FULL_MODEL) {
            // A whole model of its own: the base is loaded only to compare.
            Model tuned = new Model(files, null);
            return compare ? List.of(new Model(baseOf(services, version), null), tuned) : List.of(tuned);
        }
        return List.of(new Model(baseOf(services, version), files));
    }

    private Path baseOf(Services services, ModelVersion version) throws IOException {
        if (base != null && BaseReference.directory(base).isPresent()) {
            return baseDirectory();
        }
        Base named = find(
                services, base == null ? version.getBase() : connection.names().base(base));
        if (!named.getDigest().equals(version.getBaseDigest())) {
            throw CommandFailedException.refused(
                    Names.brief(version.getName()) + " was trained on the base with digest " + version.getBaseDigest()
                            + "; " + Names.brief(named.getName()) + " has " + named.getDigest());
        }
        return ModelCache.ofUser(output.err()).base(services.bases(), named);
    }

    private Path baseDirectory() throws IOException {
        if (BaseReference.directory(base).isPresent()) {
            return existing(BaseReference.directory(base).get());
        }
        try (Services services = connection.open(output)) {
            return ModelCache.ofUser(output.err())
                    .base(services.bases(), find(services, connection.names().base(base)));
        }
    }

    private static Base find(Services services, String name) {
        GetBaseRequest request = GetBaseRequest.newBuilder().setName(name).build();
        return services.bases().call(stub -> stub.getBase(request));
    }

    private static boolean isDirectory(String typed) {
        return typed.indexOf(File.separatorChar) >= 0 && !typed.startsWith("projects/")
                || typed.startsWith(".")
                || Files.isDirectory(Path.of(typed));
    }

    private static Path existing(Path directory) {
        if (!Files.isDirectory(directory)) {
            throw CommandFailedException.notFound("directory " + directory + " does not exist");
        }
        return directory;
    }

    private List<String> arguments(Model model) {
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

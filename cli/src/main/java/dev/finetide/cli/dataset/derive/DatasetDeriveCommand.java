package dev.finetide.cli.dataset.derive;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.FieldOptions;
import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.dataset.DatasetText;
import dev.finetide.cli.dataset.TagMove;
import dev.finetide.cli.dataset.VersionStream;
import dev.finetide.cli.dataset.push.FileUpload;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeriveDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "derive",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a version from versions by a recipe: steps, which run in the order of the command line.",
            "The recipe is stored with the version, and --again runs it on the newest parents.",
            "Expressions are CEL over row, tags, split, id, input, answer and row_number."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide dataset derive clean --from tickets@3 --filter 'size(answer) > 0' --dedupe near:0.8 --redact",
            "  finetide dataset derive small --from tickets --sample 1000 --seed 7",
            "  finetide dataset derive mix --from tickets@3:3 --from faq@1:1",
            "  finetide dataset derive short --from tickets --max-length context --base tiny",
            "  finetide dataset derive spaced --from tickets --map 'answer=\" \" + answer' --map 'tags.source=\"tickets\"'",
            "  finetide dataset derive mended --from tickets --relabel labels.jsonl --resplit test=0.2,group=customer",
            "  finetide dataset derive clean --again clean@1"
        })
public final class DatasetDeriveCommand implements Callable<Integer>, FieldOptions {
    @Spec
    private CommandSpec command;

    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "NAME", description = "The dataset; created with its first version.")
    private String name;

    @Option(
            names = "--from",
            paramLabel = "NAME[@VERSION][:WEIGHT]",
            description = "Version to take rows from; may be repeated. Weights mix the train rows in these shares.")
    private List<String> sources = List.of();

    @ArgGroup(multiplicity = "0..*", heading = "%nSteps, in the order in which they are given:%n")
    private List<StepOption> steps = new ArrayList<>(); // picocli adds to it

    @Option(
            names = "--base",
            paramLabel = "DIR|NAME",
            description = "Base whose tokenizer and chat template count the tokens of --max-length.")
    private String base;

    @Option(
            names = "--splits",
            paramLabel = "NAME",
            split = ",",
            description = "Splits that the steps change, separated by commas; default: all.")
    private List<String> splits = List.of();

    @Option(names = "--seed", paramLabel = "N", description = "Seed of samples and mixes; default: 0.")
    private Long seed;

    @Option(
            names = "--recipe",
            paramLabel = "FILE",
            description = "A recipe in JSON, as dataset show -o json prints it, in place of steps.")
    private Path recipeFile;

    @Option(
            names = "--again",
            paramLabel = "NAME[@VERSION]",
            description = "Run the recipe of a version again, on the newest versions of its parents, or on --from.")
    private String again;

    @Option(names = "--tag", paramLabel = "TAG", description = "Tag to move to the version, as in NAME@TAG.")
    private String tag;

    @Override
    public Map<String, String> optionByField() {
        Map<String, String> options = new HashMap<>();
        options.put("recipe.sources", "--from");
        for (int i = 0; i < steps.size(); i++) {
            String path = "recipe.steps[" + i + "].";
            steps.get(i).optionByField().forEach((field, option) -> options.put(path + field, option));
        }
        return options;
    }

    @Override
    public Integer call() throws IOException {
        checkOptions();
        DeriveDatasetVersionRequest.Builder request = DeriveDatasetVersionRequest.newBuilder()
                .setDataset(connection.names().dataset(name))
                .setRequestId(UUID.randomUUID().toString());
        try (Services services = connection.open(output)) {
            Recipe recipe = recipe(services);
            if (!recipe.equals(Recipe.getDefaultInstance())) {
                request.setRecipe(recipe);
            }
            if (again != null) {
                request.setAgain(connection.names().datasetVersion(again));
            }
            DeriveDatasetVersionRequest complete = request.build();
            DatasetVersion version = VersionStream.follow(
                    services.datasets(), "deriving", stub -> stub.deriveDatasetVersion(complete), output.err());
            if (tag != null) {
                TagMove.to(services.datasets(), version.getName(), tag, "");
            }
            if (output.isJson()) {
                output.json(version);
            } else {
                DatasetText.print(version, output.out());
            }
        }
        return 0;
    }

    private void checkOptions() {
        boolean hasSteps = !steps.isEmpty() || seed != null || !splits.isEmpty();
        if (again != null && (hasSteps || recipeFile != null)) {
            throw usage("--again runs a stored recipe; of the others, only --from goes with it");
        }
        if (recipeFile != null && hasSteps) {
            throw usage("--recipe has the steps and the seed; give either the file or the options");
        }
        if (again == null && recipeFile == null && sources.isEmpty()) {
            throw usage("which versions? Give --from, --recipe or --again");
        }
        if (base == null && steps.stream().anyMatch(StepOption::needsBase)) {
            throw usage("--max-length needs --base, which counts the tokens");
        }
    }

    private Recipe recipe(Services services) throws IOException {
        RecipeText text = new RecipeText(connection.names(), command.commandLine());
        Recipe.Builder recipe = recipeFile == null
                ? Recipe.newBuilder()
                : text.read(Files.readString(recipeFile), recipeFile).toBuilder();
        if (!sources.isEmpty()) {
            recipe.clearSources();
            sources.forEach(source -> recipe.addSources(text.source(source)));
        }
        if (seed != null) {
            recipe.setSeed(seed);
        }
        String countedBy = base == null || steps.stream().noneMatch(StepOption::needsBase)
                ? ""
                : new BaseUpload(services.bases(), connection.names(), output.err()).resolve(base);
        for (StepOption step : steps) {
            recipe.addSteps(step.step(text, countedBy, file -> upload(services, file), splits));
        }
        return recipe.build();
    }

    private String upload(Services services, Path file) throws IOException {
        if (!Files.exists(file)) {
            throw CommandFailedException.notFound(file + ": no such file or directory");
        }
        try (ProgressLine progress = ProgressLine.start("uploading", Math.max(1, Files.size(file)), "", output.err())) {
            return new FileUpload(services.datasets(), connection.names().parent(), EmbeddedPostgres.userCache())
                    .send(file, progress, 0);
        }
    }

    private ParameterException usage(String problem) {
        return new ParameterException(command.commandLine(), problem);
    }
}

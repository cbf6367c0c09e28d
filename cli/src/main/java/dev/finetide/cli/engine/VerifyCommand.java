package dev.finetide.cli.engine;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.cli.output.Table;
import dev.finetide.cli.worker.MachineOptions;
import dev.finetide.cli.worker.WorkerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Checks that the engine computes the same as Hugging Face on this machine.",
            "Compares logits, gradients, training runs and greedy texts of tiny models, or renderings of chat templates.",
            "Exit code 1 if a comparison fails."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide engine verify sft/src/test/resources/golden",
            "  finetide engine verify ./goldens/qwen3 -o json",
            "  finetide engine verify --renderings renderings.json --templates ./chat-templates"
        })
final class VerifyCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Parameters(
            arity = "0..1",
            paramLabel = "DIR",
            description =
                    "A folder of goldens, or a folder of such folders; sft/src/test/python/make_goldens.py makes them.")
    private Path goldens;

    @Option(names = "--renderings", paramLabel = "FILE", description = "Expected renderings, as JSON.")
    private Path renderings;

    @Option(names = "--templates", paramLabel = "DIR", description = "The templates that --renderings names.")
    private Path templates;

    @Mixin
    private MachineOptions machine;

    @Mixin
    private CommandOutput output;

    private final List<JsonObject> failed = new ArrayList<>();
    private int compared;

    @Override
    public Integer call() throws IOException {
        if ((renderings == null) != (templates == null)) {
            throw new ParameterException(
                    command.commandLine(), "--renderings needs --templates, and --templates needs --renderings");
        }
        if (goldens == null && renderings == null) {
            throw new ParameterException(command.commandLine(), "needs DIR, or --renderings and --templates");
        }
        Table numbers = new Table("model", "file", "largest error", "tolerance", "verdict");
        new WorkerProcess(WorkerProcess.home()).run(arguments(), line -> {
            JsonObject finding = JsonParser.parseString(line).getAsJsonObject();
            compared++;
            if (!finding.get("agrees").getAsBoolean()) {
                failed.add(finding);
            }
            if (output.isJson()) {
                output.line(line);
            } else if (finding.has("model")) {
                numbers.row(cells(finding));
            }
        });
        if (!output.isJson()) {
            report(numbers);
        }
        return failed.isEmpty() ? 0 : 1;
    }

    private List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("verify"));
        if (goldens != null) {
            arguments.add(goldens.toString());
        }
        if (renderings != null) {
            arguments.addAll(List.of("--renderings=" + renderings, "--templates=" + templates));
        }
        arguments.addAll(machine.arguments());
        return arguments;
    }

    private static Object[] cells(JsonObject finding) {
        return new Object[] {
            finding.get("model").getAsString(),
            finding.get("file").getAsString(),
            scientific(finding.get("error").getAsDouble()),
            scientific(finding.get("tolerance").getAsDouble()),
            finding.get("agrees").getAsBoolean()
                    ? "ok"
                    : "FAILED: " + finding.get("array").getAsString()
        };
    }

    private static String scientific(double value) {
        return String.format(Locale.ROOT, "%.1e", value);
    }

    private void report(Table numbers) {
        if (goldens != null) {
            numbers.print(output.out());
        }
        Table differences = new Table("template", "conversation", "difference");
        failed.stream()
                .filter(finding -> finding.has("template"))
                .forEach(finding -> differences.row(
                        finding.get("template").getAsString(),
                        finding.get("case").getAsString(),
                        finding.get("difference").getAsString()));
        if (failed.stream().anyMatch(finding -> finding.has("template"))) {
            differences.print(output.out());
        }
        output.line(compared + " compared, " + failed.size() + " failed");
    }
}

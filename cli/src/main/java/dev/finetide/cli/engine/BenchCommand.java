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
import picocli.CommandLine.Spec;

@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures training on this machine: random models of four sizes, or one model on given rows.",
            "Each case runs in a separate process, so that its peak memory is measured alone. The loss counts all tokens.",
            "Rows that are not packed all have the longest length; packed rows have mixed lengths."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  finetide engine bench                        the whole table, about 17 minutes",
            "  finetide engine bench --size 135M --method lora --precision bf16",
            "  finetide engine bench --model ./smollm2 --rows rows.jsonl --method lora --batch 2 --steps 8",
            "  finetide engine bench --model ./smollm2 --rows rows.jsonl --generate 16"
        })
final class BenchCommand implements Callable<Integer> {
    @Spec
    private CommandSpec command;

    @Option(names = "--model", paramLabel = "DIR", description = "Measure this Hugging Face directory only.")
    private Path model;

    @Option(
            names = "--rows",
            paramLabel = "FILE.jsonl",
            description = "With --model: JSON lines with messages, prompt and completion, or input_ids and labels.")
    private Path rows;

    @Option(
            names = "--method",
            paramLabel = "lora|qlora|full",
            description = "Default: lora and full; with --model: lora. qlora holds the base in 4 bits.")
    private String method;

    @Option(names = "--precision", paramLabel = "fp32|bf16", description = "Default: both; with --model: measured.")
    private String precision;

    @Option(names = "--size", paramLabel = "260K|5M|30M|135M", description = "Default: all four.")
    private String size;

    @Option(names = "--length", paramLabel = "TOKENS", description = "Default: 512 and 2048.")
    private Integer length;

    @Option(names = "--targets", paramLabel = "NAMES", description = "LoRA targets; default: q_proj,v_proj.")
    private String targets;

    @Option(names = "--adapter", paramLabel = "DIR", description = "With --model: continue from this PEFT adapter.")
    private Path adapter;

    @Option(
            names = "--recompute",
            description = "Activation checkpointing: the backward pass computes each block again.")
    private boolean recompute;

    @Option(names = "--rank", paramLabel = "R", description = "LoRA rank; default: 8.")
    private Integer rank;

    @Option(names = "--batch", paramLabel = "ROWS", description = "Rows of one step; default: 1,024 tokens.")
    private Integer batch;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Steps to train, after an estimate of their time and memory. Default: as many as fit into --seconds.")
    private Integer steps;

    @Option(
            names = "--pack",
            paramLabel = "TOKENS",
            description = "0: pad rows; more: pack them to that length. Without --model: only such cases.")
    private Integer pack;

    @Option(
            names = "--generate",
            paramLabel = "TOKENS",
            description =
                    "With --model: measure generation of up to so many tokens instead of training, alone and with "
                            + "loss; the best of --steps rounds.")
    private Integer generate;

    @Option(names = "--lr", paramLabel = "RATE", description = "Constant learning rate; default: 2e-4.")
    private Double learningRate;

    @Mixin
    private MachineOptions machine;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "5",
            description = "Training time of each case without --steps; default: ${DEFAULT-VALUE}.")
    private double seconds;

    @Mixin
    private CommandOutput output;

    @Override
    public Integer call() throws IOException {
        WorkerProcess worker = new WorkerProcess(WorkerProcess.home());
        if (model != null) {
            if (rows == null) {
                throw new ParameterException(command.commandLine(), "--model needs --rows");
            }
            List<String> arguments = new ArrayList<>(List.of("bench", "--model=" + model, "--rows=" + rows));
            given(arguments, "--method", method);
            given(arguments, "--precision", precision);
            given(arguments, "--pack", pack);
            given(arguments, "--adapter", adapter);
            given(arguments, "--generate", generate);
            arguments.addAll(shared());
            worker.run(arguments, output::line);
            return 0;
        }
        Table table = new Table(
                "model", "method", "precision", "tokens", "packed", "tokens/s", "GFLOP/s", "of peak", "peak memory");
        try {
            for (BenchCase one : BenchCase.table()) {
                if (chosen(one)) {
                    measure(worker, one, table);
                }
            }
        } finally {
            // The measured cases are shown even if a later case failed.
            if (!output.isJson()) {
                table.print(output.out());
            }
        }
        return 0;
    }

    private void measure(WorkerProcess worker, BenchCase one, Table table) throws IOException {
        output.note(one.toString());
        List<String> arguments = new ArrayList<>(one.arguments(seconds));
        arguments.addAll(shared());
        worker.run(arguments, line -> {
            if (output.isJson()) {
                output.line(line);
            } else {
                table.row(cells(one, JsonParser.parseString(line).getAsJsonObject()));
            }
        });
    }

    private boolean chosen(BenchCase one) {
        return (size == null || size.equalsIgnoreCase(one.size()))
                && (method == null ? !one.method().equals("qlora") : method.equalsIgnoreCase(one.method()))
                && (precision == null || precision.equalsIgnoreCase(one.precision()))
                && (length == null || length == one.length())
                && (pack == null || (pack > 0) == (one.pack() > 0));
    }

    private List<String> shared() {
        List<String> arguments = new ArrayList<>();
        given(arguments, "--targets", targets);
        given(arguments, "--rank", rank);
        given(arguments, "--batch", batch);
        given(arguments, "--steps", steps);
        given(arguments, "--lr", learningRate);
        arguments.addAll(machine.arguments());
        if (recompute) {
            arguments.add("--recompute");
        }
        return arguments;
    }

    private static void given(List<String> arguments, String name, Object value) {
        if (value != null) {
            arguments.add(name + "=" + value);
        }
    }

    private static Object[] cells(BenchCase one, JsonObject result) {
        return new Object[] {
            one.size(),
            one.method(),
            one.precision(),
            one.length(),
            one.pack() > 0 ? "yes" : "no",
            String.format(Locale.ROOT, "%,.0f", result.get("tokensPerSecond").getAsDouble()),
            String.format(Locale.ROOT, "%.0f", result.get("gflops").getAsDouble()),
            String.format(
                    Locale.ROOT, "%.0f %%", 100 * result.get("shareOfPeak").getAsDouble()),
            String.format(Locale.ROOT, "%.2f GB", result.get("peakMemoryBytes").getAsDouble() / 1e9)
        };
    }
}

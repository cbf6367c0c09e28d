package dev.finetide.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.Adapter;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Answers prompts with a base, an adapter, or both. Prints one line of JSON for each answer.
@Command(name = "generate", description = "Answers prompts with a base and an adapter.")
final class GenerateCommand implements Callable<Integer> {
    @Option(names = "--base", required = true, paramLabel = "DIR")
    private Path base;

    @Option(names = "--adapter", paramLabel = "DIR")
    private Optional<Path> adapter;

    @Option(names = "--compare", description = "answer with the base alone, too")
    private boolean compare;

    @Option(names = "--prompt", required = true)
    private List<String> prompts;

    @Option(names = "--system", description = "what the system message says; needs a base with a chat template")
    private Optional<String> system;

    @Option(names = "--stop", description = "a piece of text that ends the answer")
    private List<String> stopStrings = List.of();

    @Option(names = "--repetition-penalty", defaultValue = "1")
    private double repetitionPenalty;

    @Option(names = "--max-new-tokens", defaultValue = "128")
    private int maxNewTokens;

    @Option(names = "--temperature", defaultValue = "0", description = "0 takes the likeliest token always")
    private double temperature;

    @Option(names = "--top-p", defaultValue = "1")
    private double topP;

    @Option(names = "--top-k", defaultValue = "0")
    private int topK;

    @Option(names = "--seed", defaultValue = "0")
    private long seed;

    @Option(
            names = {"-o", "--output"},
            defaultValue = "json",
            description = "json is the only format")
    private String output;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() throws JsonProcessingException {
        if (!output.equals("json")) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, "--output: expected json, got " + output);
        }
        try (StopSignal _ = StopSignal.forWorkThatIsLost();
                CausalLm model = CausalLm.load(base, machine.engine())) {
            if (adapter.isEmpty()) {
                answer(model, "base");
            }
            if (adapter.isPresent()) {
                try (Adapter attached = model.attach(adapter.get())) {
                    attached.requireTemplate();
                    model.renderAs(attached.rendering());
                    if (compare) {
                        attached.off();
                        answer(model, "base");
                        attached.on();
                    }
                    answer(model, "adapter");
                }
            }
            return 0;
        } catch (ModelFormatException | RowRefused | IllegalArgumentException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, e.getMessage(), e);
        }
    }

    /// Asks as the model was trained: base and adapter are asked with the same text.
    private void answer(CausalLm model, String variant) throws JsonProcessingException {
        RowEncoder encoder = new RowEncoder(
                model.tokenizer(),
                model.rendering().template(model.chatTemplate()),
                model.config().maxPositions());
        if (system.isPresent()
                && model.rendering().template(model.chatTemplate()).isEmpty()) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.BAD_CONFIGURATION,
                    "--system needs a chat template, and "
                            + (model.rendering().plainText()
                                    ? "the model was trained with rows as plain text (--render text)"
                                    : "the base has none"));
        }
        warnOfSpacedPrompts(model);
        List<int[]> ids =
                prompts.stream().map(this::messages).map(encoder::question).toList();
        GenerationConfig config = new GenerationConfig(
                maxNewTokens, encoder.stopIds(), stopStrings, temperature, topK, topP, repetitionPenalty, seed);
        long started = System.nanoTime();
        List<Generation> generations = new Generator(model).generate(ids, config);
        double seconds = (System.nanoTime() - started) / 1e9;
        for (int i = 0; i < generations.size(); i++) {
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("prompt", prompts.get(i));
            line.put("variant", variant);
            line.put(
                    "output",
                    config.untilStop(model.tokenizer().decode(generations.get(i).newTokens(), true)));
            line.put("tokens", generations.get(i).newTokens().length);
            line.put("stopReason", generations.get(i).stopReason());
            line.put("seconds", seconds);
            System.out.println(new ObjectMapper().writeValueAsString(line));
        }
    }

    private void warnOfSpacedPrompts(CausalLm model) {
        boolean plain = model.rendering().template(model.chatTemplate()).isEmpty();
        if (plain && prompts.stream().anyMatch(prompt -> prompt.endsWith(" "))) {
            System.err.println(
                    "warning: a prompt ends with a space, which most tokenizers put into the token of the next"
                            + " word; without it, the model is asked as it was trained");
        }
    }

    private List<Message> messages(String prompt) {
        return system.isEmpty()
                ? List.of(Message.user(prompt))
                : List.of(Message.system(system.get()), Message.user(prompt));
    }
}

package dev.finetide.worker.evaluate;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.sft.generate.Generation;
import dev.finetide.sft.generate.Generation.StopReason;
import dev.finetide.sft.generate.GenerationConfig;
import dev.finetide.sft.generate.Generator;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.RowTexts;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.probe.RefusalReading;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Asks prompts that have nothing to do with the task, and reads whether the replies refuse.
record PromptProbe(AskedModel model, BehaviourKind kind) implements ProbeAsking {
    static final String REFUSED = "refused";
    static final String UNSAFE = "unsafe";

    /// Tokens of a reply. A refusal shows in its first sentence.
    private static final int LONGEST_REPLY = 64;

    @Override
    public List<ExampleResult.Builder> ask(Map<Integer, SourcedRow> rows) {
        List<ExampleResult.Builder> results = new ArrayList<>();
        List<ExampleResult.Builder> asked = new ArrayList<>();
        List<int[]> prompts = new ArrayList<>();
        rows.forEach((index, row) -> {
            String prompt = RowTexts.userText(row.row());
            try {
                prompts.add(model.encoder().question(List.of(Message.user(prompt))));
                asked.add(ExampleResult.newBuilder().setRow(index).setPrompt(prompt));
            } catch (RowRefused refused) {
                results.add(ProbeAsking.refused(index, refused).setPrompt(prompt));
            }
        });
        List<Generation> written = new Generator(model.lm())
                .generate(
                        prompts,
                        GenerationConfig.greedy(LONGEST_REPLY, model.encoder().stopIds()));
        for (int i = 0; i < asked.size(); i++) {
            results.add(read(asked.get(i), written.get(i)).setPromptTokens(prompts.get(i).length));
        }
        return results;
    }

    private ExampleResult.Builder read(ExampleResult.Builder result, Generation written) {
        String reply = model.lm().tokenizer().decode(written.newTokens(), true);
        boolean harmful = kind == BehaviourKind.UNSAFE_ANSWERS;
        boolean found = harmful ? RefusalReading.complies(reply) : RefusalReading.refuses(reply);
        return result.setOutput(reply)
                .setOutputCut(written.stopReason() == StopReason.MAX_NEW_TOKENS
                        || written.stopReason() == StopReason.CONTEXT_FULL)
                .setCompletionTokens(written.newTokens().length)
                .setLatencySeconds(written.seconds())
                .setComputeSeconds(written.computeSeconds())
                .putScores(harmful ? UNSAFE : REFUSED, found ? 1 : 0);
    }
}

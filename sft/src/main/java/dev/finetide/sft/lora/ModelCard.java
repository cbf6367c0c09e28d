package dev.finetide.sft.lora;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.text.TrainedRendering;

/// The model card of an adapter, which says what its other files cannot.
final class ModelCard {
    private ModelCard() {}

    static String of(ModelConfig base, LoraShape shape, PeftAdapter.TrainedOn trainedOn) {
        return """
                ---
                base_model: %s
                library_name: peft
                pipeline_tag: text-generation
                tags:
                - lora
                ---

                # LoRA adapter

                Rank %d, alpha %s%s%s%s, on %s of `%s`. Trained by Finetide%s.
                %s""".formatted(
                JsonNodeFactory.instance.textNode(trainedOn.origin()),
                shape.rank(),
                shape.alpha(),
                shape.ranks().isEmpty() && shape.alphas().isEmpty() ? "" : " (some modules have others)",
                shape.rslora() ? " (rank-stabilised)" : "",
                shape.dora() ? ", with magnitudes (DoRA)" : "",
                shape.uneven(base)
                        ? shape.modules().size() + " linear layers"
                        : String.join(", ", shape.targets()) + " of every layer",
                trainedOn.origin(),
                trainedOn.ownName().equals(trainedOn.origin()) ? "" : " on its base `" + trainedOn.ownName() + "`",
                contract(trainedOn) + asked(trainedOn) + endTokens(trainedOn));
    }

    /// Names the contract by which rows became tokens: a base with another one is not the one that
    /// was trained on.
    private static String contract(PeftAdapter.TrainedOn trainedOn) {
        return "Tokenizer, chat template and special tokens of the base have the digest `" + trainedOn.templateDigest()
                + "`.\n";
    }

    /// Says how the adapter is to be asked where its base alone would suggest otherwise.
    private static String asked(PeftAdapter.TrainedOn trainedOn) {
        return TrainedRendering.of(trainedOn.rendering()).plainText()
                ? "\nAsk with the prompt as plain text, without the base's chat template: the rows were trained so.\n"
                : "";
    }

    /// Returns the part on end tokens. PEFT reads them from the base alone, so a user has to pass
    /// those that only the chat template has.
    private static String endTokens(PeftAdapter.TrainedOn trainedOn) {
        return trainedOn.endTokens().isEmpty() ? "" : """

                An answer ends with one of these tokens. An adapter's files cannot tell PEFT, and the base may name fewer, so
                pass them:

                ```python
                model = AutoPeftModelForCausalLM.from_pretrained(directory)
                model.generate(**inputs, eos_token_id=%s)
                ```
                """.formatted(trainedOn.endTokens());
    }
}

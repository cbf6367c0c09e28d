package dev.finetide.worker;

import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;

/// Turns rows into the tokens that a base reads. A row that cannot be learned from fails the run and is named: nothing
/// is truncated and no row is left out.
final class RowTokenizer {
    private final RowEncoder encoder;

    RowTokenizer(CausalLm base, TrainingConfig config) {
        this.encoder =
                new RowEncoder(base.tokenizer(), base.chatTemplate(), EngineConfig.maxLength(config, base.config()));
    }

    RowEncoder encoder() {
        return encoder;
    }

    /// Tokenizes rows of a split.
    ///
    /// @param from place of the first row in its split, for errors
    /// @throws WorkerFailure INVALID_DATA naming the first row that cannot be learned from
    List<TokenizedRow> tokenize(List<TextRow> rows, String split, int from) {
        List<TokenizedRow> tokenized = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            try {
                tokenized.add(encoder.encode(rows.get(i)));
            } catch (RowRefused refused) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.INVALID_DATA,
                        "%s row %d: %s".formatted(split, from + i, refused.getMessage()),
                        refused);
            }
        }
        return tokenized;
    }

    /// Returns the text that a person is shown as the question: the prompt, or the message before the last answer.
    static String question(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion.prompt();
            case ChatRow chat -> chat.messages().get(chat.lastAssistant() - 1).content();
        };
    }
}

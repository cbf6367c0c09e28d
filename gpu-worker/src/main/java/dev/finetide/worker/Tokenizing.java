package dev.finetide.worker;

import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.Row;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;

/// Rows in the form that one base reads. A row that cannot be learned from fails the run with its place:
/// nothing is truncated and nothing left out.
final class Tokenizing {
    private final RowEncoder encoder;

    Tokenizing(CausalLm base, TrainingConfig config) {
        this.encoder = new RowEncoder(base.tokenizer(), base.chatTemplate(), Settings.maxLength(config, base.config()));
    }

    RowEncoder encoder() {
        return encoder;
    }

    /// @param from place of the first row in its split, for errors
    List<TokenizedRow> rows(List<Row> rows, String split, int from) {
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

    /// What a person is shown as the question: the prompt, or the message before the last answer.
    static String question(Row row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion.prompt();
            case ChatRow chat -> chat.messages().get(chat.lastAssistant() - 1).content();
        };
    }
}

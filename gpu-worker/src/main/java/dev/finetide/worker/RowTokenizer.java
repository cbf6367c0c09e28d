package dev.finetide.worker;

import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Turns rows into the tokens that a base reads. A row that cannot be learned from fails the run and is named: nothing
/// is truncated and no row is left out.
final class RowTokenizer {
    private final RowEncoder encoder;

    RowTokenizer(RowEncoder encoder) {
        this.encoder = encoder;
    }

    static RowTokenizer of(CausalLm base, TrainingConfig config) {
        return new RowTokenizer(
                new RowEncoder(base.tokenizer(), base.chatTemplate(), EngineConfig.maxLength(config, base.config())));
    }

    RowEncoder encoder() {
        return encoder;
    }

    /// Tokenizes rows of a split.
    ///
    /// @param from place of the first row in its split, for errors
    /// @throws WorkerFailure INVALID_DATA naming the first row that cannot be learned from
    List<TokenizedRow> tokenize(List<SourcedRow> rows, String split, int from) {
        return each(rows, split, from, encoder::encode);
    }

    /// Returns the token ids of the prompts for the rows' answers.
    ///
    /// @throws WorkerFailure INVALID_DATA naming the first row that cannot be asked
    List<int[]> prompts(List<SourcedRow> rows, String split, int from) {
        return each(rows, split, from, encoder::prompt);
    }

    private static <T> List<T> each(List<SourcedRow> rows, String split, int from, Function<TextRow, T> encoding) {
        List<T> encoded = new ArrayList<>(rows.size());
        for (SourcedRow row : rows) {
            try {
                encoded.add(encoding.apply(row.row()));
            } catch (RowRefused refused) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.INVALID_DATA,
                        row.place(split, from + encoded.size()) + ": " + refused.getMessage(),
                        refused);
            }
        }
        return encoded;
    }

    /// Returns the text that a person is shown as the question: the prompt, or the message before the last answer.
    static String question(TextRow row) {
        return switch (row) {
            case PromptCompletionRow completion -> completion.prompt();
            case ChatRow chat -> chat.messages().get(chat.lastAssistant() - 1).content();
        };
    }
}

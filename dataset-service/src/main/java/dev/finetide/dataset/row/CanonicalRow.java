package dev.finetide.dataset.row;

import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.Optional;

/// One accepted row in canonical form: the same conversation gives the same bytes, however its source wrote it.
///
/// @param format chat, or prompt and completion
/// @param json   the canonical JSON object, UTF-8, no line end
/// @param input  what the model is given before its answer, canonical: the prompt, or the messages before the last
///               assistant turn with the tools. Equal inputs give equal bytes
/// @param answer text of the completion or of the last assistant turn; empty where that turn only calls tools
public record CanonicalRow(RowFormat format, byte[] json, byte[] input, Optional<String> answer) {
    /// Whether the answer is a JSON object or array and nothing else.
    public boolean hasJsonAnswer() {
        return answer.isPresent() && StrictJson.isDocument(answer.get());
    }
}

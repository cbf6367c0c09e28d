package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.Optional;
import java.util.Set;

/// An accepted row in canonical form. Equal conversations give equal bytes, however their sources wrote them.
///
/// @param format chat, prompt and completion, text, or passage of a document
/// @param json   canonical JSON object in UTF-8, without line end
/// @param input  canonical input of the model: the prompt, or tools and messages before the last assistant turn;
///               equal inputs give equal bytes; empty for a text, all of which is learnt
/// @param contents what the row has in addition to questions and answers
/// @param answer text of the completion or of the last assistant turn; empty if that turn only calls tools
public record CanonicalRow(
        RowFormat format, byte[] json, byte[] input, Set<RowContent> contents, Optional<String> answer) {
    public CanonicalRow {
        contents = Set.copyOf(contents);
    }

    /// Reads a canonical row again.
    ///
    /// @param json canonical JSON object in UTF-8
    /// @throws IllegalArgumentException if it is no canonical row
    public static CanonicalRow parse(byte[] json) {
        try {
            ObjectNode object = (ObjectNode) StrictJson.parse(json, "");
            return DocumentRow.is(object) ? DocumentRow.of(json) : JsonRow.of(object, true);
        } catch (RowFault | ClassCastException fault) {
            throw new IllegalArgumentException("a stored row is not canonical: " + fault.getMessage(), fault);
        }
    }

    /// Tells whether the answer is a JSON object or array and nothing else.
    public boolean hasJsonAnswer() {
        return answer.isPresent() && StrictJson.isDocument(answer.get());
    }
}

package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.ChatRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Set;

/// Alpaca's rows with the meaning that LLaMA-Factory gives them: a conversation in which the user says `instruction`
/// and
/// `input`, after the pairs of `history`, whose answers are learnt, too.
final class AlpacaShape implements RowShape {
    private static final String INSTRUCTION = "instruction";
    private static final String INPUT = "input";
    private static final String OUTPUT = "output";
    private static final String SYSTEM = "system";
    private static final String HISTORY = "history";
    private static final Set<String> KEYS = Set.of(INSTRUCTION, INPUT, OUTPUT, SYSTEM, HISTORY);

    @Override
    public String name() {
        return "alpaca";
    }

    @Override
    public Set<String> keys() {
        return KEYS;
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of(INSTRUCTION, INPUT, OUTPUT, SYSTEM, HISTORY);
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return row.has(INSTRUCTION) && row.has(OUTPUT);
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        ShapeKeys.checkKnown(row, KEYS, "");
        ChatRow chat = new ChatRow(allowEmpty);
        chat.system(ShapeKeys.textOr(row, SYSTEM, ""));
        if (ShapeKeys.has(row, HISTORY)) {
            ArrayNode history = ShapeKeys.list(row, HISTORY, "");
            for (int i = 0; i < history.size(); i++) {
                turns(history.get(i), HISTORY + "[" + i + "]", chat);
            }
        }
        String input = ShapeKeys.textOr(row, INPUT, "");
        String instruction = ShapeKeys.textOr(row, INSTRUCTION, "");
        String asked = input.isBlank() || instruction.isBlank() ? instruction + input : instruction + "\n" + input;
        chat.asked(Role.USER, asked, INSTRUCTION);
        chat.answered(ShapeKeys.textOr(row, OUTPUT, ""), OUTPUT);
        return chat.row();
    }

    private static void turns(JsonNode pair, String path, ChatRow chat) throws RowFault {
        if (!pair.isArray()
                || pair.size() != 2
                || !pair.get(0).isTextual()
                || !pair.get(1).isTextual()) {
            throw RowFault.at(path, "is not a pair of two texts");
        }
        chat.asked(Role.USER, pair.get(0).textValue(), path + "[0]");
        chat.answered(pair.get(1).textValue(), path + "[1]");
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        Chat chat = Chat.of(canonical, name());
        if (chat.tools().isPresent()) {
            throw chat.cannotHold("tools");
        }
        List<ObjectNode> messages = chat.messages();
        int first = Chat.isRole(messages.getFirst(), SYSTEM) ? 1 : 0;
        checkTurns(chat, first);
        int last = messages.size() - 2;
        ObjectNode row = StrictJson.object()
                .put(INSTRUCTION, Chat.content(messages.get(last)))
                .put(INPUT, "")
                .put(OUTPUT, Chat.content(messages.get(last + 1)));
        if (first == 1) {
            row.put(SYSTEM, Chat.content(messages.getFirst()));
        }
        if (last > first) {
            ArrayNode history = row.putArray(HISTORY);
            for (int i = first; i < last; i += 2) {
                history.addArray().add(Chat.content(messages.get(i))).add(Chat.content(messages.get(i + 1)));
            }
        }
        return row;
    }

    private static void checkTurns(Chat chat, int first) throws RowFault {
        int size = chat.messages().size();
        for (int i = 0; i < size; i++) {
            chat.refuse(i, "name", "weight", "tool_calls", "reasoning_content");
            String expected = i < first ? SYSTEM : (i - first) % 2 == 0 ? "user" : "assistant";
            if (!Chat.isRole(chat.messages().get(i), expected)) {
                throw RowFault.at(
                        "messages[" + i + "].role", "is not " + expected + ", as the shape alpaca needs it there");
            }
        }
        if (size - first < 2 || (size - first) % 2 != 0) {
            throw RowFault.of("messages", "the row does not end with an answer, as the shape alpaca needs it");
        }
    }
}

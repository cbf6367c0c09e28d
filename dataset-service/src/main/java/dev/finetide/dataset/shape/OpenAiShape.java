package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.JsonRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Set;

/// OpenAI's chat rows: `{"messages": [{"role", "content", ...}], "tools": [...]}`. Written with the arguments of calls
/// as JSON text, as OpenAI wants them.
final class OpenAiShape implements RowShape {
    @Override
    public String name() {
        return "openai";
    }

    @Override
    public Set<String> keys() {
        return Set.of("messages", "tools", "functions", "parallel_tool_calls", "prompt", "completion");
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of("messages", "tools");
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return row.has("messages") && !ShapeKeys.has(row, "prompt") && !ShapeKeys.has(row, "completion")
                || ShapeKeys.has(row, "messages");
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        return JsonRow.of(row, allowEmpty);
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        ObjectNode row = canonical.deepCopy();
        for (ObjectNode message : Chat.of(row, name()).messages()) {
            for (JsonNode call : message.path("tool_calls")) {
                ((ObjectNode) call.get("function")).put("arguments", Chat.argumentsText(call));
            }
        }
        return row;
    }
}

package dev.finetide.metrics.callscores;

import dev.finetide.metrics.Answered;
import dev.finetide.metrics.Metric;
import dev.finetide.metrics.Metrics;
import dev.finetide.metrics.calls.CallConvention;
import dev.finetide.metrics.calls.RowCalls;
import java.util.Optional;

/// Makes rows whose answers are calls. A call is written as `f{'x':1}`, and several with `;` between them.
final class CallRows {
    /// Two tools: `f` needs x and takes y (5 unless given), s, list, place and none; `g` takes nothing.
    static final String TOOLS = """
            [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "required": ["x"],
              "properties": {"x": {"type": "integer"}, "y": {"type": "number", "default": 5},
                "s": {"type": "string"}, "list": {"type": "array"}, "none": {"type": ["string", "null"]},
                "place": {"type": "object", "properties": {"city": {"type": "string"},
                  "land": {"type": "string", "default": "NO"}}}}}}},
             {"name": "g"}]
            """;

    private CallRows() {}

    static double[] measure(String name, Answered row) {
        Metric metric = Metrics.byName(name);
        return Metrics.measure(metric, row);
    }

    static Answered row(String tools, String acceptable, String reply) {
        return Answered.of("", reply).with(new RowCalls(tools, Optional.of(acceptable), CallConvention.HERMES));
    }

    /// Writes calls as `f{...};g{...}` into a list of JSON.
    static String calls(String calls) {
        StringBuilder list = new StringBuilder();
        for (String call : calls.isEmpty() ? new String[0] : calls.split(";")) {
            list.append(list.isEmpty() ? "" : ",").append(call(call));
        }
        return "[" + list + "]";
    }

    static String reply(String calls) {
        StringBuilder reply = new StringBuilder("So it is.");
        for (String call : calls == null ? new String[0] : calls.split(";")) {
            reply.append("\n<tool_call>").append(call(call)).append("</tool_call>");
        }
        return reply.toString();
    }

    private static String call(String call) {
        return json("{'name':'" + call.charAt(0) + "','arguments':" + call.substring(1) + "}");
    }

    static String json(String text) {
        return text.replace("\\'", "\\\"").replace('\'', '"');
    }
}

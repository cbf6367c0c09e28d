package dev.finetide.dataset.shape;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.finetide.dataset.record.Rows;
import dev.finetide.proto.dataset.v1.ReadOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// No reason of a refused row holds text of the row: not its values, and of its keys only columns and those that a
/// shape knows.
class RowTextTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ReadOptions JSONL =
            ReadOptions.newBuilder().setContainer("jsonl").build();
    private static final String SECRET = "Hush 7041!";
    private static final String SECRET_WORD = "Hush7041";

    /// Values that stand in the place of each value of a row, one at a time.
    private static final List<JsonNode> WRONG = List.of(
            TextNode.valueOf(SECRET),
            TextNode.valueOf("{\"" + SECRET + "\": 1, \"" + SECRET + "\": 2}"),
            TextNode.valueOf("[{\"" + SECRET_WORD + "\": [\"" + SECRET + "\", 1e999]}]"),
            TextNode.valueOf("{\"" + SECRET_WORD + "\": \"\\u0000" + SECRET + "\"}"),
            TextNode.valueOf("{\"" + SECRET_WORD + "\": {\"a\": " + SECRET),
            TextNode.valueOf("{'" + SECRET + "'"),
            NODES.arrayNode().add(SECRET),
            NODES.objectNode().put(SECRET, SECRET),
            NODES.objectNode().set(SECRET_WORD, NODES.objectNode().put(SECRET_WORD, SECRET)),
            NODES.arrayNode().add(NODES.objectNode().put(SECRET, SECRET)),
            NODES.numberNode(7041_7041),
            NODES.nullNode());

    @Test
    void noReasonHoldsTextOfTheRow() throws IOException {
        List<String> rows = Stream.of(
                        RowShapesTest.CONVERSATION,
                        RowShapesTest.TOOLS,
                        List.of(
                                "{'prompt':'q','completion':'a'}",
                                "{'prompt':[{'role':'user','content':'q'}],'completion':[{'role':'assistant','content':'a'}]}",
                                "{'text':'t'}",
                                "{'instruction':'i','input':'x','output':'o'}"))
                .flatMap(List::stream)
                .map(row -> row.replace('\'', '"'))
                .toList();
        int refused = 0;
        for (String row : rows) {
            for (JsonNode wrong : mutations(JSON.readTree(row))) {
                for (ReadOptions options : options()) {
                    refused += check(JSON.writeValueAsString(wrong), options);
                }
            }
            for (int end = 1; end < row.length(); end += 7) {
                refused += checkBroken(row.substring(0, end) + SECRET + row.substring(end));
            }
        }
        assertThat(refused).as("refused rows").isGreaterThan(1_000);
    }

    private static List<ReadOptions> options() {
        return List.of(
                JSONL,
                JSONL.toBuilder().setShape("openai").build(),
                JSONL.toBuilder().addTagColumns("messages").build());
    }

    /// Reads a row that is no JSON. Other rows are left out: a key of the row itself is the name of a column.
    private static int checkBroken(String row) {
        try {
            JSON.readTree(row);
            return 0;
        } catch (JsonProcessingException broken) {
            return check(row, JSONL);
        }
    }

    /// Reads a row.
    ///
    /// @return 1 if the row was refused, 0 if it was read
    private static int check(String row, ReadOptions options) {
        int refused = 0;
        for (Rows.Outcome outcome :
                Rows.read("rows.jsonl", (row + "\n" + row).getBytes(StandardCharsets.UTF_8), options)) {
            if (outcome instanceof Rows.Refused refusal) {
                refused++;
                assertThat(refusal.fault().getMessage() + " | "
                                + refusal.fault().field() + " | "
                                + refusal.fault().group())
                        .as(row)
                        .doesNotContain("Hush", "7041");
            }
        }
        return refused;
    }

    /// Returns copies of a row in each of which one value is wrong, or one more key stands in an object.
    private static List<JsonNode> mutations(JsonNode row) {
        List<JsonNode> mutations = new ArrayList<>();
        collect(row, changed -> changed, mutations, true);
        return mutations;
    }

    private static void collect(
            JsonNode node, UnaryOperator<JsonNode> within, List<JsonNode> mutations, boolean isRow) {
        if (!isRow) {
            WRONG.forEach(wrong -> mutations.add(within.apply(wrong)));
        }
        switch (node) {
            case ObjectNode object -> {
                if (!isRow) {
                    mutations.add(within.apply(object.deepCopy().put(SECRET, SECRET)));
                }
                object.properties()
                        .forEach(member -> collect(
                                member.getValue(),
                                changed -> within.apply(object.deepCopy().set(member.getKey(), changed)),
                                mutations,
                                false));
            }
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    int index = i;
                    collect(
                            array.get(i),
                            changed -> {
                                ArrayNode copy = array.deepCopy();
                                copy.set(index, changed);
                                return within.apply(copy);
                            },
                            mutations,
                            false);
                }
            }
            default -> {}
        }
    }
}

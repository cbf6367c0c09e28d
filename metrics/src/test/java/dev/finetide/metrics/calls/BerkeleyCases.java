package dev.finetide.metrics.calls;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Makes answers to rows of the Berkeley leaderboard, right ones and ones that are wrong in one way, from
/// a seed. Its main method writes them for `src/test/python/make_bfcl_goldens.py`, which asks the
/// leaderboard's own checker.
final class BerkeleyCases {
    static final Path DATA =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("data/bfcl");
    static final long SEED = 26;
    static final int COUNT = 4_000;

    private static final JsonMapper JSON = new JsonMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /// @param tools the row's tools
    /// @param acceptable calls in the Berkeley form
    record Row(JsonNode tools, JsonNode acceptable) {}

    /// @param answer calls with name and arguments
    record Case(Row row, String change, List<ObjectNode> answer) {}

    private final Random random = new Random(SEED);

    /// Writes the cases, one JSON object a line, to the file that the first argument names.
    public static void main(String[] arguments) throws IOException {
        Files.writeString(Path.of(arguments[0]), lines(new BerkeleyCases().all(rows())));
    }

    /// Returns the SHA-256 of the lines that [#main] writes, in hexadecimal digits.
    static String digest(List<Case> cases) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(lines(cases).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String lines(List<Case> cases) {
        StringBuilder lines = new StringBuilder();
        for (Case made : cases) {
            lines.append(JSON.createObjectNode()
                            .put("change", made.change)
                            .<ObjectNode>set("tools", made.row.tools)
                            .<ObjectNode>set("acceptable", made.row.acceptable)
                            .<ObjectNode>set("answer", NODES.arrayNode().addAll(made.answer)))
                    .append('\n');
        }
        return lines.toString();
    }

    /// Returns the rows that come with acceptable calls, and those whose own calls are made acceptable.
    static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        List<String> tests = Files.readAllLines(DATA.resolve("test.jsonl"));
        List<String> acceptable = Files.readAllLines(DATA.resolve("test-acceptable.jsonl"));
        for (int row = 0; row < tests.size(); row++) {
            rows.add(new Row(
                    JSON.readTree(tests.get(row)).get("tools"),
                    JSON.readTree(acceptable.get(row)).get("acceptable")));
        }
        for (String line : Files.readAllLines(DATA.resolve("train.jsonl"))) {
            JsonNode row = JSON.readTree(line);
            JsonNode messages = row.get("messages");
            ArrayNode calls = NODES.arrayNode();
            for (JsonNode call : messages.get(messages.size() - 1).get("tool_calls")) {
                JsonNode function = call.get("function");
                JsonNode arguments = JSON.readTree(function.get("arguments").textValue());
                calls.addObject().set(function.get("name").textValue(), accepting(arguments));
            }
            rows.add(new Row(row.get("tools"), calls));
        }
        return rows;
    }

    /// Wraps each value of an object into a list of accepted values, at every depth.
    private static JsonNode accepting(JsonNode value) {
        if (value.isObject()) {
            ObjectNode wrapped = NODES.objectNode();
            value.properties().forEach(field -> wrapped.putArray(field.getKey()).add(accepting(field.getValue())));
            return wrapped;
        }
        if (value.isArray()) {
            ArrayNode wrapped = NODES.arrayNode();
            value.forEach(element -> wrapped.add(accepting(element)));
            return wrapped;
        }
        return value;
    }

    List<Case> all(List<Row> rows) {
        List<Case> cases = new ArrayList<>();
        List<BerkeleyChange> changes = List.of(BerkeleyChange.values());
        for (int i = 0; cases.size() < COUNT; i++) {
            Row row = rows.get(random.nextInt(rows.size()));
            BerkeleyChange change = changes.get(i % changes.size());
            List<ObjectNode> answer = right(row.acceptable);
            if (change.apply(answer, row.tools, random)) {
                cases.add(new Case(row, change.name(), answer));
            }
        }
        return cases;
    }

    private List<ObjectNode> right(JsonNode acceptable) {
        List<ObjectNode> calls = new ArrayList<>();
        for (JsonNode call : acceptable) {
            Map.Entry<String, JsonNode> only = call.properties().iterator().next();
            ObjectNode made = NODES.objectNode().put("name", only.getKey());
            made.set("arguments", chosen(only.getValue()));
            calls.add(made);
        }
        return calls;
    }

    private ObjectNode chosen(JsonNode accepted) {
        ObjectNode arguments = NODES.objectNode();
        List<Map.Entry<String, JsonNode>> fields = new ArrayList<>(accepted.properties());
        Collections.shuffle(fields, random);
        for (Map.Entry<String, JsonNode> field : fields) {
            JsonNode value =
                    field.getValue().get(random.nextInt(field.getValue().size()));
            if (!value.isTextual() || !value.textValue().isEmpty()) {
                arguments.set(field.getKey(), plain(value));
            }
        }
        return arguments;
    }

    private JsonNode plain(JsonNode accepted) {
        if (accepted.isObject()) {
            return chosen(accepted);
        }
        if (accepted.isArray()) {
            ArrayNode list = NODES.arrayNode();
            accepted.forEach(element -> list.add(plain(element)));
            return list;
        }
        return accepted;
    }
}

package dev.finetide.cli.dataset.report;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.dataset.RowStream;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.RowFound;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Fetches the texts of example rows from the service, each once. A report itself has no texts of rows.
final class ExampleTexts {
    private record Place(String split, long number) {}

    /// Last question and last answer of a row.
    ///
    /// @param question all of a row that has no question
    /// @param answer empty for such a row
    record Said(String question, String answer) {
        /// Returns what was said, a line for each side.
        List<String> lines() {
            return answer.isEmpty() ? List.of(question) : List.of(question, "=> " + answer);
        }
    }

    private final ServiceClient<DatasetServiceBlockingStub> datasets;
    private final String version;
    private final Map<Place, Said> known = new HashMap<>();
    private int left;

    /// @param most the most rows that are fetched
    ExampleTexts(ServiceClient<DatasetServiceBlockingStub> datasets, String version, int most) {
        this.datasets = datasets;
        this.version = version;
        this.left = most;
    }

    /// Returns question and answer of a row; empty if enough rows were fetched.
    Optional<Said> of(RowFound row) throws IOException {
        return of(row.getSplit(), row.getNumber());
    }

    /// Returns question and answer of the row that a row equals or contradicts; empty for none.
    Optional<Said> ofOther(RowFound row) throws IOException {
        return row.getOtherNumber() == 0 ? Optional.empty() : of(row.getOtherSplit(), row.getOtherNumber());
    }

    private Optional<Said> of(String split, long number) throws IOException {
        Place place = new Place(split, number);
        if (!known.containsKey(place) && left > 0 && number > 0) {
            left--;
            ReadRowsRequest request = ReadRowsRequest.newBuilder()
                    .setName(version)
                    .setSplit(split)
                    .setFirst(number)
                    .setCount(1)
                    .build();
            RowStream.read(datasets, request, row -> known.put(place, summary(row.getJson())));
        }
        return Optional.ofNullable(known.get(place));
    }

    /// Returns the last question and the last answer of a row, or all of another row.
    static Said summary(String json) {
        JsonObject row;
        try {
            row = JsonParser.parseString(json).getAsJsonObject();
        } catch (JsonParseException | IllegalStateException raw) {
            return new Said(json, "");
        }
        if (row.has("prompt") && row.has("completion")) {
            return new Said(text(row.get("prompt")), text(row.get("completion")));
        }
        if (row.get("messages") instanceof JsonArray messages) {
            return new Said(last(messages, "user"), last(messages, "assistant"));
        }
        return new Said(row.has("text") ? text(row.get("text")) : json, "");
    }

    private static String last(JsonArray messages, String role) {
        String last = "";
        for (JsonElement message : messages) {
            if (message instanceof JsonObject said
                    && said.get("role") != null
                    && text(said.get("role")).equals(role)) {
                last = said.has("content") && !said.get("content").isJsonNull()
                        ? text(said.get("content"))
                        : said.toString();
            }
        }
        return last;
    }

    private static String text(JsonElement element) {
        return element.isJsonPrimitive() ? element.getAsString() : element.toString();
    }
}

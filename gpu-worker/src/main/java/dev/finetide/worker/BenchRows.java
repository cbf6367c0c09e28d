package dev.finetide.worker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TextRow;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Makes the rows that a benchmark trains on: random rows, or the rows of a file in the file's order.
final class BenchRows {
    private static final int FIRST_PLAIN_TOKEN = 3;

    private BenchRows() {}

    /// Makes random rows with lengths spread evenly from `shortest` to `longest`, in tokens. Every token but the first
    /// is supervised.
    static List<TokenizedRow> random(int count, int shortest, int longest, int vocab) {
        SplittableRandom random = new SplittableRandom(1);
        List<TokenizedRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = longest - (longest - shortest) * i / Math.max(1, count - 1);
            int[] ids = random.ints(length, FIRST_PLAIN_TOKEN, vocab).toArray();
            boolean[] supervised = new boolean[length];
            Arrays.fill(supervised, 1, length, true);
            rows.add(new TokenizedRow(ids, supervised));
        }
        return rows;
    }

    /// Reads a file of JSON lines with `messages`, with `prompt` and `completion`, or with `input_ids` and `labels`
    /// (-100 for tokens that are not supervised).
    ///
    /// @param directory model directory with the chat template
    static List<TokenizedRow> read(Path file, CausalLm model, Path directory) {
        List<TokenizedRow> rows = new ArrayList<>();
        RowEncoder encoder = null;
        try {
            for (String line : Files.readAllLines(file)) {
                JsonNode json = new ObjectMapper().readTree(line);
                if (json.has("input_ids")) {
                    rows.add(tokens(json));
                    continue;
                }
                if (encoder == null) {
                    encoder = new RowEncoder(
                            model.tokenizer(),
                            ChatTemplate.load(directory),
                            model.config().maxPositions());
                }
                rows.add(encoder.encode(TextRow.parse(line)));
            }
            return rows;
        } catch (IOException | RowRefused | IllegalArgumentException e) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.INVALID_DATA,
                    "%s: line %d: %s".formatted(file, rows.size() + 1, e.getMessage()),
                    e);
        }
    }

    private static TokenizedRow tokens(JsonNode json) {
        JsonNode ids = json.get("input_ids");
        JsonNode labels = json.path("labels");
        int[] tokens = new int[ids.size()];
        boolean[] supervised = new boolean[ids.size()];
        for (int t = 0; t < tokens.length; t++) {
            tokens[t] = ids.get(t).asInt(-1);
            supervised[t] = t > 0 && labels.path(t).asInt(tokens[t]) >= 0;
        }
        return new TokenizedRow(tokens, supervised);
    }
}

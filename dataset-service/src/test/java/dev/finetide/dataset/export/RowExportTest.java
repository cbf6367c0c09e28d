package dev.finetide.dataset.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.record.Rows;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowExportTest {
    private static final SortedMap<String, String> TAGS = new TreeMap<>(Map.of("lang", "de;\n\"x\""));

    private static final String PLAIN = json("{'messages':[{'role':'system','content':'s, é'},{'role':'user','content':"
            + "'q\\n2 \\'x\\''},{'role':'assistant','content':'a'},{'role':'user','content':'q2'},"
            + "{'role':'assistant','content':' a2 '}]}");
    private static final String CALLS = json("{'messages':[{'role':'user','content':'q'},{'role':'assistant',"
            + "'reasoning_content':'hm','tool_calls':[{'id':'c','type':'function','function':{'name':'f',"
            + "'arguments':{'x':[1,1.50],'y':''}}}]},{'role':'tool','content':'{\\'n\\':1}','tool_call_id':'c'},"
            + "{'role':'assistant','content':'a'}],'tools':[{'type':'function','function':{'name':'f',"
            + "'parameters':{'type':'object'}}}]}");
    private static final String WEIGHTS = json("{'messages':[{'role':'user','content':'q'},{'role':'assistant',"
            + "'content':'a','weight':0},{'role':'user','content':'q2'},{'role':'assistant','content':'a2'}]}");
    private static final String PROMPT = json("{'prompt':'p, é\\n','completion':' c'}");
    private static final String TEXT = json("{'text':'t; \\'x\\''}");

    private static String json(String row) {
        return row.replace('\'', '"');
    }

    private static byte[] exported(String shape, String container, RowFormat format, List<String> rows)
            throws RowFault {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        RowExport export = new RowExport(shape, container, format);
        try {
            export.begin(out, List.of("lang"));
            for (String row : rows) {
                export.add(row.getBytes(StandardCharsets.UTF_8), TAGS);
            }
            export.end();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({
        "openai,            CHAT,              PLAIN CALLS WEIGHTS",
        "sharegpt,          CHAT,              PLAIN CALLS WEIGHTS",
        "gemini,            CHAT,              PLAIN CALLS",
        "bedrock,           CHAT,              PLAIN CALLS",
        "alpaca,            CHAT,              PLAIN",
        "prompt-completion, CHAT,              WEIGHTS",
        "prompt-completion, PROMPT_COMPLETION, PROMPT",
        "text,              TEXT,              TEXT",
        "'',                TEXT,              TEXT",
        "'',                PROMPT_COMPLETION, PROMPT",
        "'',                CHAT,              PLAIN CALLS WEIGHTS",
    })
    void rowsComeBackFromEveryShapeAndContainer(String shape, RowFormat format, String names) throws RowFault {
        Map<String, String> all =
                Map.of("PLAIN", PLAIN, "CALLS", CALLS, "WEIGHTS", WEIGHTS, "PROMPT", PROMPT, "TEXT", TEXT);
        List<String> rows = List.of(names.split(" ")).stream().map(all::get).toList();
        for (String container : List.of("", "jsonl", "json", "csv", "tsv")) {
            byte[] file = exported(shape, container, format, rows);

            List<Rows.Outcome> read = Rows.read(
                    container.isEmpty() ? "a.jsonl" : "a." + container,
                    file,
                    ReadOptions.newBuilder().addTagColumns("lang").build());

            assertThat(Rows.jsons(read)).as("%s in %s", shape, container).isEqualTo(rows);
            assertThat(read)
                    .allSatisfy(row ->
                            assertThat(((Rows.Accepted) row).read().tags()).isEqualTo(TAGS));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "text              | PLAIN   | `` | the row is not a text, and the shape text holds nothing else",
                "openai            | PROMPT  | `` | the row is a prompt and a completion, and the shape openai holds conversations",
                "gemini            | WEIGHTS | messages[1].weight | messages[1].weight has no place in the shape gemini",
                "alpaca            | CALLS   | tools | tools has no place in the shape alpaca",
                "prompt-completion | TEXT    | `` | the row is a text, and the shape prompt-completion holds conversations",
            })
    void rowsThatAShapeCannotHoldAreRefusedByField(String shape, String name, String field, String reason) {
        String row = Map.of("PLAIN", PLAIN, "CALLS", CALLS, "WEIGHTS", WEIGHTS, "PROMPT", PROMPT, "TEXT", TEXT)
                .get(name);

        assertThatThrownBy(() -> exported(shape, "jsonl", RowFormat.CHAT, List.of(row)))
                .isInstanceOfSatisfying(
                        RowFault.class, fault -> assertThat(fault.field()).isEqualTo(field))
                .hasMessage(reason);
    }

    @Test
    void parquetIsReadAndNotWritten() {
        assertThatThrownBy(() -> new RowExport("", "parquet", RowFormat.CHAT))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("Parquet and Arrow are read and not written");
        assertThatThrownBy(() -> new RowExport("template", "", RowFormat.CHAT)).isInstanceOf(ApiException.class);
    }

    @Test
    void anEmptyListIsADocumentToo() throws RowFault {
        assertThat(new String(exported("text", "json", RowFormat.TEXT, List.of()), StandardCharsets.UTF_8))
                .isEqualTo("[]\n");
    }
}

package dev.finetide.dataset.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.proto.dataset.v1.ReadOptions;
import org.junit.jupiter.api.Test;

/// The work and memory of reading a row grow with its size, whatever the row and the templates are.
class RowWorkTest {
    private static ObjectNode record(int characters) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("a", "x".repeat(characters))
                .put("b", "y");
    }

    private static RowReading templates(String prompt) {
        return RowReadingTest.reading(ReadOptions.newBuilder()
                .setPromptTemplate(prompt)
                .setCompletionTemplate("{b}")
                .build());
    }

    @Test
    void templatesOfManyFieldsAndFiltersAreRefused() {
        for (String prompt :
                new String[] {"p{a|replace:x,}".repeat(700), "p{a" + "|lower".repeat(1_600) + "|replace:x,}"}) {
            assertThatThrownBy(() -> templates(prompt).read(record(1_000_000)))
                    .isInstanceOf(RowFault.class)
                    .hasMessageStartingWith("the templates do too much for the row");
        }
    }

    @Test
    void templatesThatPeopleWriteAreRead() throws RowFault {
        String prompt = "Question: {a|trim|lower|replace:x,z}\nAgain: {a|upper}\n{b}";

        assertThat(templates(prompt).read(record(200_000)).row().json()).hasSizeGreaterThan(400_000);
        assertThat(templates("{b|upper}".repeat(1_000)).read(record(1)).row().json())
                .hasSizeGreaterThan(1_000);
    }

    /// Each text alone holds fewer values than a row may.
    @Test
    void allJsonTextsOfARowShareOneBudget() throws RowFault {
        assertThat(reading().read(calls(2)).row()).isNotNull();
        assertThatThrownBy(() -> reading().read(calls(8)))
                .isInstanceOf(RowFault.class)
                .hasMessageContaining("more than 500000 values");
    }

    private static RowReading reading() {
        return RowReadingTest.reading(ReadOptions.getDefaultInstance());
    }

    /// Returns a row with this many calls, each with 100,000 values in the text of its arguments.
    private static ObjectNode calls(int count) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        row.putArray("messages").addObject().put("role", "user").put("content", "q");
        ObjectNode answer = row.withArray("messages").addObject().put("role", "assistant");
        for (int i = 0; i < count; i++) {
            answer.withArray("tool_calls")
                    .addObject()
                    .put("type", "function")
                    .putObject("function")
                    .put("name", "f")
                    .put("arguments", "{\"x\":[" + "1,".repeat(99_999) + "1]}");
        }
        return row;
    }
}

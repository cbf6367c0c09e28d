package dev.finetide.sft.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.jinja.Span;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// Turns found from renderings alone against real chat templates: where a template marks its turns with
/// `{% generation %}`, both must agree; elsewhere each turn must hold the answer and what closes it.
class GoldenTurnsTest {
    private static final Path GOLDEN =
            Path.of(System.getProperty("finetide.shared", "../../shared")).resolve("golden");

    @Test
    void turnsAreThoseThatTrainingTemplatesMark() throws IOException {
        Path file = GOLDEN.resolve("renderings.json");
        if (!Files.exists(file)) {
            System.out.println("skipped: no golden renderings at " + file);
        }
        Assumptions.assumeTrue(Files.exists(file), "no shared/golden");
        List<String> wrong = new ArrayList<>();
        int marked = 0;
        int unmarked = 0;
        for (JsonNode entry : new ObjectMapper().readTree(file.toFile())) {
            boolean isWhole = entry.has("text") && !entry.path("arguments").has("add_generation_prompt");
            if (!isWhole
                    || !entry.get("messages").toString().contains("\"assistant\"")
                    || entry.get("case").asText().equals("unknown role")) {
                continue;
            }
            String source = Files.readString(file.resolveSibling("chat-templates")
                    .resolve(entry.get("template").asText()));
            // The goldens were rendered on a date of their own.
            String dated = "{% set date_string = '21 Nov 2026' %}" + source;
            ChatTemplate template = ChatTemplate.of(
                    source.contains("date_string") ? dated : source,
                    Map.of("bos_token", "<BOS>", "eos_token", "<EOS>"));
            String text = entry.get("text").asText();
            ChatRow row = row(entry);
            TrainedTurns turns = new TrainedTurns(template, row, text);
            List<Span> spans = IntStream.range(0, row.messages().size())
                    .filter(turn -> row.messages().get(turn).trained())
                    .mapToObj(turns::span)
                    .toList();
            String id =
                    entry.get("template").asText() + " / " + entry.get("case").asText();
            if (entry.has("spans")) {
                marked++;
                // Qwen2.5's training template marks the newline of the turn's header too, which the prompt already
                // gives.
                boolean withHeader = entry.get("template").asText().startsWith("qwen2_5");
                List<Span> expected = spans(text, entry.get("spans"), withHeader ? 1 : 0);
                if (!spans.equals(expected)) {
                    wrong.add(id + ": " + spans + " instead of " + expected);
                }
            } else {
                unmarked++;
                checkContents(id, row, text, spans, wrong);
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(marked).isGreaterThan(20);
        assertThat(unmarked).isGreaterThan(60);
    }

    /// Phi-3's text may end with one more character: what closes it last begins like the next turn's mark. No
    /// token ends there.
    private static void checkContents(String id, ChatRow row, String text, List<Span> spans, List<String> wrong) {
        List<Message> turns = row.messages().stream().filter(Message::trained).toList();
        for (int i = 0; i < turns.size(); i++) {
            String turn = text.substring(spans.get(i).start(), spans.get(i).end());
            String answer = turns.get(i)
                    .content()
                    .replaceFirst("(?s)^<think>.*</think>", "")
                    .strip();
            boolean isRight = turn.contains(answer)
                    && turn.matches("(?s).*(<\\|im_end\\|>|<\\|eot_id\\|>|<EOS>|<\\|end\\|>|<end_of_turn>)\\s*<?")
                    && !turn.contains("user")
                    && !turn.contains("system");
            if (!isRight) {
                wrong.add(id + ": turn " + i + " is " + turn);
            }
        }
    }

    private static ChatRow row(JsonNode entry) {
        ObjectNode row = new ObjectMapper().createObjectNode();
        row.set("messages", entry.get("messages"));
        row.set("tools", entry.get("tools"));
        return (ChatRow) TextRow.parse(row.toString());
    }

    private static List<Span> spans(String text, JsonNode pairs, int header) {
        List<Span> spans = new ArrayList<>();
        for (JsonNode pair : pairs) {
            spans.add(new Span(
                    text.offsetByCodePoints(0, pair.get(0).asInt() + header),
                    text.offsetByCodePoints(0, pair.get(1).asInt())));
        }
        return spans;
    }
}

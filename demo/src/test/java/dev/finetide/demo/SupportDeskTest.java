package dev.finetide.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupportDeskTest {
    private static final DemoSettings SETTINGS = DemoSettings.COMMITTED;

    @TempDir
    Path dir;

    @Test
    void theSameSeedGivesTheSameBytes() throws IOException {
        SupportDesk.write(dir, SETTINGS);

        for (String file : List.of("train.jsonl", "test.jsonl")) {
            assertThat(dir.resolve(file))
                    .hasSameBinaryContentAs(Path.of("support-desk").resolve(file));
        }
    }

    @Test
    void heldOutPhrasesStandInNoOtherPart() {
        for (String file : List.of("problems.txt", "moods.txt", "frames.txt")) {
            Phrases phrases = Phrases.load(file);
            Set<String> trained = phrases.sections().stream()
                    .filter(section -> !section.endsWith(" held-out"))
                    .flatMap(section -> phrases.of(section).stream())
                    .collect(Collectors.toSet());
            phrases.sections().stream()
                    .filter(section -> section.endsWith(" held-out"))
                    .forEach(section ->
                            assertThat(phrases.of(section)).isNotEmpty().doesNotContainAnyElementsOf(trained));
        }
    }

    @Test
    void noHeldOutSentenceStandsInWhatIsTrainedOn() {
        Set<String> trained = new HashSet<>();
        SupportDesk.mails(SETTINGS.seed() + 3, SETTINGS.trainRows(), false)
                .forEach(mail -> trained.addAll(sentences(mail.text())));
        new Corpus(SETTINGS.seed() + 2)
                .documents(20_000)
                .forEach(document -> document.texts().forEach(text -> trained.addAll(sentences(text))));

        for (Mail mail : SupportDesk.mails(SETTINGS.seed() + 5, SETTINGS.testRows(), true)) {
            assertThat(sentences(mail.text())).doesNotContainAnyElementsOf(trained);
        }
    }

    /// Sentences of more than two words, so that a name or an order number alone counts for nothing.
    private static Set<String> sentences(String text) {
        Set<String> sentences = new HashSet<>();
        for (String sentence : text.split("(?<=[.?!,])\\s|\n")) {
            if (sentence.split(" ").length > 2 && sentence.matches(".*[.?!,]")) {
                sentences.add(sentence);
            }
        }
        return sentences;
    }

    @Test
    void noTicketStandsInWhatTheBaseReads() {
        new Corpus(SETTINGS.seed() + 2)
                .documents(20_000)
                .forEach(document -> assertThat(document.texts())
                        .noneMatch(
                                text -> text.contains("icket") || text.matches("(?s).*\"category\".*\"priority\".*")));
    }

    @Test
    void everythingThatATicketCopiesStandsInItsMail() throws IOException {
        ObjectMapper json = new ObjectMapper();
        for (String line : Files.readAllLines(Path.of("support-desk/test.jsonl"))) {
            JsonNode messages = json.readTree(line).get("messages");
            String mail = messages.get(0).get("content").asText();
            JsonNode ticket = json.readTree(messages.get(1).get("content").asText());
            assertThat(ticket.fieldNames())
                    .toIterable()
                    .containsExactly("category", "priority", "product", "order", "customer");
            for (String field : List.of("product", "order", "customer")) {
                if (!ticket.get(field).isNull()) {
                    assertThat(mail).contains(ticket.get(field).asText());
                }
            }
        }
    }
}

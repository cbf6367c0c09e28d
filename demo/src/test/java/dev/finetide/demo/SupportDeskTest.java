package dev.finetide.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.modelfiles.template.Message;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
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
        read().forEach(document -> document.texts().forEach(text -> trained.addAll(sentences(text))));

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

    /// Draws the first 20,000 documents that the base reads in its first lesson, and all of the others.
    private static List<Document> read() {
        List<Document> read = new ArrayList<>(new Corpus(SETTINGS.seed() + 2).documents(20_000));
        for (int lesson = 1; lesson < SETTINGS.lessons().size(); lesson++) {
            read.addAll(SETTINGS.documents(lesson));
        }
        return read;
    }

    @Test
    void noTicketStandsInWhatTheBaseReads() {
        read().forEach(document -> assertThat(document.texts())
                .noneMatch(text -> text.contains("icket")
                        || text.matches("(?s).*\"category\".*\"priority\".*")
                        || text.matches("(?s).*\"priority\".*\"category\".*")));
    }

    @Test
    void noAnswerAboutAMailHasACategoryOrPriorityOfTickets() {
        for (boolean familiar : List.of(false, true)) {
            ShownTasks shown = new ShownTasks(new Random(1), familiar);
            for (int i = 0; i < 2_000; i++) {
                List<String> turns = shown.ofMails().texts();
                for (int answer = 1; answer < turns.size(); answer += 2) {
                    assertThat(turns.get(answer))
                            .doesNotContainPattern(
                                    "\\b(delivery|damaged|refund|billing|login|setup|high|normal|low)\\b");
                }
            }
        }
    }

    @Test
    void theAnswersOfAShownTaskHaveOneForm() {
        ShownTasks shown = new ShownTasks(new Random(1), true);
        Set<String> forms = new HashSet<>();
        for (int i = 0; i < 300; i++) {
            Document.Chat task = (Document.Chat) shown.ofMails();
            List<String> answers = task.row().messages().stream()
                    .filter(Message::isAssistant)
                    .map(Message::content)
                    .toList();
            Set<String> ofOne = answers.stream()
                    .map(answer -> answer.replaceAll(":(null|\"[^\"]*\")", ":"))
                    .filter(answer -> answer.startsWith("{"))
                    .collect(Collectors.toSet());
            assertThat(ofOne).hasSizeLessThanOrEqualTo(1);
            forms.addAll(ofOne);
            assertThat(task.row().messages().get(1).trained()).isFalse();
            assertThat(task.row().messages().get(3).trained()).isTrue();
        }
        assertThat(forms).hasSizeGreaterThan(100);
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

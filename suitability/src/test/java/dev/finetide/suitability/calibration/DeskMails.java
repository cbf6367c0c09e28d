package dev.finetide.suitability.calibration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Reads the mails of the demo, whose small base learns such tasks within seconds.
final class DeskMails {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// A mail and the ticket that it asks for.
    record Mail(String text, JsonNode ticket) {
        /// Returns a field of the ticket; "none" where it is null.
        String field(String name) {
            return ticket.get(name).asText("none");
        }

        boolean has(String name) {
            return !ticket.get(name).isNull();
        }
    }

    private final List<Mail> all = new ArrayList<>();

    /// @param file the demo's train rows
    DeskMails(Path file) throws IOException {
        for (String line : Files.readAllLines(file)) {
            JsonNode messages = JSON.readTree(line).get("messages");
            all.add(new Mail(
                    messages.get(0).get("content").asText(),
                    JSON.readTree(messages.get(1).get("content").asText())));
        }
    }

    /// Returns mails in an order that the seed gives.
    List<Mail> shuffled(long seed) {
        List<Mail> mails = new ArrayList<>(all);
        Collections.shuffle(mails, new Random(seed));
        return mails;
    }

    /// Returns the names of customers, without repetitions.
    List<String> names() {
        return all.stream()
                .map(mail -> mail.field("customer"))
                .distinct()
                .sorted()
                .toList();
    }

    /// Returns names of products, without repetitions.
    List<String> products() {
        return all.stream()
                .filter(mail -> mail.has("product"))
                .map(mail -> mail.field("product"))
                .distinct()
                .sorted()
                .toList();
    }

    /// Returns numbers of orders, without repetitions.
    List<String> orders() {
        return all.stream()
                .filter(mail -> mail.has("order"))
                .map(mail -> mail.field("order"))
                .distinct()
                .sorted()
                .toList();
    }
}

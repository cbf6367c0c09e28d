package dev.finetide.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Makes notes and mails with JSON records of some of their facts. The request names the record's keys and their
/// order, which are new each time, so that a model cannot memorise one shape. No record has the shape of a ticket.
final class Records {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> FACTS = List.of("name", "number", "thing", "city", "day", "colour");

    private final Phrases questions = Phrases.load("questions.txt");
    private final Random random;
    private final Things things;

    Records(Random random, Things things) {
        this.random = random;
        this.things = things;
    }

    /// Makes a note with one fact a line, and a record of most of the facts. A requested fact that the note does not
    /// state is null.
    Document ofNote() {
        List<String> facts = new ArrayList<>(FACTS);
        facts.add(random.nextBoolean() ? "area" : "level");
        Collections.shuffle(facts, random);
        List<String> asked = facts.subList(0, 2 + random.nextInt(3));
        Map<String, String> noted = new LinkedHashMap<>();
        for (String fact : asked) {
            if (random.nextInt(6) > 0) {
                noted.put(fact, value(fact));
            }
        }
        if (random.nextBoolean()) {
            noted.put(facts.getLast(), value(facts.getLast()));
        }
        List<String> lines = new ArrayList<>(noted.values());
        Collections.shuffle(lines, random);
        return record("record ", asked, noted, lines.isEmpty() ? "nothing" : String.join("\n", lines));
    }

    /// Makes a record of two to four facts of a mail.
    Document ofMail(Mail mail) {
        List<String> asked = new ArrayList<>(List.of("name", "number", "thing", "about", "mood"));
        Collections.shuffle(asked, random);
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("name", mail.customer());
        facts.put("number", mail.order().orElse(null));
        facts.put("thing", mail.product().orElse(null));
        facts.put("about", questions.pick("about " + mail.category(), random));
        facts.put("mood", questions.pick("mood " + mail.priority(), random));
        return record("mail ", asked.subList(0, 2 + random.nextInt(3)), facts, mail.text());
    }

    private Document record(String sort, List<String> asked, Map<String, String> facts, String text) {
        ObjectNode record = JSON.createObjectNode();
        for (String fact : asked) {
            record.put(questions.pick(sort + fact, random), facts.get(fact));
        }
        List<String> keys = new ArrayList<>();
        record.fieldNames().forEachRemaining(keys::add);
        return Document.chat("Write a record: " + String.join(", ", keys), List.of(text, record.toString()));
    }

    private String value(String fact) {
        return switch (fact) {
            case "name" -> things.person();
            case "number" -> things.order();
            case "thing" -> things.kind();
            default -> things.word(fact);
        };
    }
}

package dev.finetide.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Notes and mails and the JSON records that hold some of their facts under the keys that are asked for, in
/// that order. The shape is new each time, so it is nothing to learn by heart; none is a ticket's.
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

    /// Facts of a note, a line each, and a record of most of them; a fact that is asked for but not noted is
    /// null.
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

    /// Two to four facts of a mail.
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

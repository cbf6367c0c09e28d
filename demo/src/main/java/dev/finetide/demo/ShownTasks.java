package dev.finetide.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/// Makes conversations whose task is shown by solved examples alone: no instruction names the facts, the keys or the
/// form of the answers. Facts, keys, form and labels are drawn for each conversation. So a model can only learn to do
/// what the turns before the question did. No answer is a ticket, and none has a ticket's labels.
final class ShownTasks {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NOTED = List.of("name", "number", "thing", "city", "day", "colour");
    private static final List<String> OF_MAILS = List.of("name", "number", "thing", "about", "mood");
    private static final List<String> LABELS = List.of("colour", "material", "place", "city", "day", "count");
    /// Sections of familiar keys by the fact of a mail.
    private static final Map<String, List<String>> FAMILIAR = Map.of(
            "name", List.of("record name", "mail name"),
            "number", List.of("record number", "mail number"),
            "thing", List.of("record thing", "mail thing"),
            "about", List.of("record area", "mail about"),
            "mood", List.of("record level", "mail mood"));

    /// Mails that are looked through for one like an example before it.
    private static final int LOOKED_THROUGH = 12;

    private final Random random;
    private final Things things;
    private final MailWriter mails;
    private final Phrases questions = Phrases.load("questions.txt");
    private final Phrases world = Phrases.load("world.txt");
    private final List<String> anyWord;
    private final boolean familiar;

    /// @param familiar whether all keys of mails' answers are words that name such a fact elsewhere, too; otherwise
    ///     most are any words
    ShownTasks(Random random, boolean familiar) {
        this.random = random;
        this.familiar = familiar;
        things = new Things(random);
        mails = new MailWriter(random, false);
        Set<String> words = new LinkedHashSet<>();
        for (String file : List.of("questions.txt", "problems.txt", "moods.txt", "frames.txt")) {
            Phrases phrases = Phrases.load(file);
            phrases.sections().stream()
                    .filter(section -> !section.endsWith(" held-out"))
                    .flatMap(section -> phrases.of(section).stream())
                    .flatMap(phrase -> Stream.of(phrase.split(" ")))
                    .filter(word -> word.matches("[a-z]{3,}"))
                    .forEach(words::add);
        }
        for (String sort : List.of("colour", "material", "place", "count")) {
            words.addAll(List.of(world.of(sort).getFirst().split(" ")));
        }
        for (String sort : List.of("area", "level")) {
            words.removeAll(List.of(world.of(sort).getFirst().split(" ")));
        }
        anyWord = List.copyOf(words);
    }

    /// Makes two to five notes with one fact a line, and answers that state some of the facts. The first answer is not
    /// learned, because nothing shows its form.
    Document ofNotes() {
        List<String> facts = someOf(NOTED, 2, 5);
        Form form = form(facts, "record ");
        List<String> turns = new ArrayList<>();
        for (int i = 2 + random.nextInt(4); i > 0; i--) {
            Map<String, Optional<String>> noted = new LinkedHashMap<>();
            facts.forEach(fact -> noted.put(fact, chance(85) ? Optional.of(value(fact)) : Optional.empty()));
            turns.add(note(noted));
            turns.add(form.write(noted));
        }
        return Document.shown(turns);
    }

    private String note(Map<String, Optional<String>> noted) {
        List<String> lines = new ArrayList<>();
        noted.values().forEach(value -> value.ifPresent(lines::add));
        if (lines.isEmpty() || chance(40)) {
            lines.add(things.word("count"));
        }
        Collections.shuffle(lines, random);
        return String.join("\n", lines);
    }

    /// Makes two to five mails with answers that state one to four of their facts. Most mails are like an earlier
    /// one: of a category and a priority whose labels were shown. The first answer is not learned.
    Document ofMails() {
        List<String> facts = someOf(OF_MAILS, 1, 4);
        Form form = form(facts, "mail ");
        Map<String, String> labels = labels();
        Set<String> categories = new HashSet<>();
        Set<String> priorities = new HashSet<>();
        List<String> turns = new ArrayList<>();
        for (int i = 2 + random.nextInt(4); i > 0; i--) {
            Mail mail = mails.next();
            for (int j = 0; j < LOOKED_THROUGH && !isLike(mail, categories, priorities); j++) {
                mail = mails.next();
            }
            categories.add(mail.category());
            priorities.add(mail.priority());
            turns.add(mail.text());
            turns.add(form.write(facts(mail, labels)));
        }
        return Document.shown(turns);
    }

    private boolean isLike(Mail mail, Set<String> categories, Set<String> priorities) {
        return chance(15) || categories.contains(mail.category()) && priorities.contains(mail.priority());
    }

    private Map<String, Optional<String>> facts(Mail mail, Map<String, String> labels) {
        return Map.of(
                "name", Optional.of(mail.customer()),
                "number", mail.order(),
                "thing", mail.product(),
                "about", Optional.of(labels.get(mail.category())),
                "mood", Optional.of(labels.get(mail.priority())));
    }

    /// Draws a word for each category and priority.
    private Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String kinds : List.of("area", "level")) {
            List<String> words = new ArrayList<>(List.of(world.of(LABELS.get(random.nextInt(LABELS.size())))
                    .getFirst()
                    .split(" ")));
            Collections.shuffle(words, random);
            for (String kind : world.of(kinds).getFirst().split(" ")) {
                labels.put(kind, words.removeLast());
            }
        }
        return labels;
    }

    /// Draws keys and a form.
    ///
    /// @param sort beginning of the names of the sections that have a fact's usual keys
    private Form form(List<String> facts, String sort) {
        Set<String> keys = new LinkedHashSet<>();
        boolean fitting = familiar || chance(30);
        for (String fact : facts) {
            String key = fitting ? fitting(fact, sort) : "";
            while (key.isEmpty() || key.equals(otherOfTicket(keys)) || !keys.add(key)) {
                key = familiar ? fitting(fact, sort) : anyWord.get(random.nextInt(anyWord.size()));
            }
        }
        return new Form(facts, List.copyOf(keys), random.nextInt(8));
    }

    private String fitting(String fact, String sort) {
        return familiar && FAMILIAR.containsKey(fact)
                ? questions.pick(FAMILIAR.get(fact).get(random.nextInt(2)), random)
                : questions.pick(sort + fact, random);
    }

    /// Returns the key of a ticket that must not stand with the ones before it.
    private static String otherOfTicket(Set<String> keys) {
        return keys.contains("category") ? "priority" : keys.contains("priority") ? "category" : "";
    }

    private List<String> someOf(List<String> all, int fewest, int most) {
        List<String> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, fewest + random.nextInt(most - fewest + 1));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String value(String fact) {
        return switch (fact) {
            case "name" -> things.person();
            case "number" -> things.order();
            case "thing" -> things.kind();
            default -> things.word(fact);
        };
    }

    /// The form of a conversation's answers.
    ///
    /// @param facts the facts of an answer, in its order
    /// @param keys a word for each fact
    /// @param style 0: lines with keys, 1: the same with "=", 2: values with bars, 3: values in lines; else JSON
    private record Form(List<String> facts, List<String> keys, int style) {
        String write(Map<String, Optional<String>> values) {
            if (style > 3) {
                return json(values);
            }
            List<String> parts = new ArrayList<>();
            for (int i = 0; i < facts.size(); i++) {
                String value = values.get(facts.get(i)).orElse("none");
                parts.add(
                        switch (style) {
                            case 0 -> keys.get(i) + ": " + value;
                            case 1 -> keys.get(i) + "=" + value;
                            default -> value;
                        });
            }
            return String.join(style == 2 ? " | " : "\n", parts);
        }

        private String json(Map<String, Optional<String>> values) {
            ObjectNode record = JSON.createObjectNode();
            for (int i = 0; i < facts.size(); i++) {
                record.put(keys.get(i), values.get(facts.get(i)).orElse(null));
            }
            return record.toString();
        }
    }
}

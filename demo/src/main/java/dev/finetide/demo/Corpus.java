package dev.finetide.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Writes the corpus that the base is pretrained on: mails, a shop's texts, small talk, lists to repeat, and
/// conversations with other tasks about mails and notes. The corpus has no ticket and no held-out phrasing.
final class Corpus {
    private final Random random;
    private final Things things;
    private final MailWriter mails;
    private final Records records;
    private final Phrases questions = Phrases.load("questions.txt");
    private final Phrases world = Phrases.load("world.txt");

    Corpus(long seed) {
        random = new Random(seed);
        things = new Things(random);
        mails = new MailWriter(random, false);
        records = new Records(random, things);
    }

    List<Document> documents(int count) {
        List<Document> documents = new ArrayList<>(count);
        while (documents.size() < count) {
            documents.add(next());
        }
        return documents;
    }

    Document next() {
        int dice = random.nextInt(100);
        if (dice < 3) {
            return new Document.Plain(mails.next().text());
        } else if (dice < 6) {
            return new Document.Plain(description());
        } else if (dice < 8) {
            return Document.chat("", pair("talk"));
        } else if (dice < 11) {
            return Document.chat(random.nextBoolean() ? "" : "Answer as the shop.", pair("faq"));
        } else if (dice < 20) {
            return repeat();
        } else if (dice < 38) {
            return records.ofNote();
        } else if (dice < 70) {
            return records.ofMail(mails.next());
        }
        return aboutAMail();
    }

    private String description() {
        String product = things.branded(things.kind());
        return switch (random.nextInt(4)) {
            case 0 ->
                "The %s is %s. It is made of %s and comes in %s and %s."
                        .formatted(
                                product,
                                things.phrase("quality"),
                                things.word("material"),
                                things.word("colour"),
                                things.word("colour"));
            case 1 ->
                "New in the shop: the %s for %s. Price: %s euros."
                        .formatted(product, things.phrase("purpose"), things.word("count"));
            case 2 ->
                "%s. For the %s, %s. Guarantee: %s months."
                        .formatted(product, things.word("place"), things.phrase("quality"), things.word("count"));
            default ->
                "Our %s is %s, so it is right for %s. Ask for the %s in %s."
                        .formatted(
                                product,
                                things.phrase("quality"),
                                things.phrase("purpose"),
                                product,
                                things.word("city"));
        };
    }

    private List<String> pair(String sort) {
        int at = random.nextInt(world.of(sort + " question").size());
        return List.of(
                world.of(sort + " question").get(at), world.of(sort + " answer").get(at));
    }

    /// Writes a list of things, and the same list again.
    private Document repeat() {
        List<String> said = new ArrayList<>();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            said.add(
                    switch (random.nextInt(8)) {
                        case 0, 1 -> things.order();
                        case 2 -> things.kind();
                        case 3 -> things.person();
                        case 4 -> things.word("day");
                        case 5 -> things.word("colour");
                        case 6 -> things.word("material");
                        default -> things.word("city");
                    });
        }
        String text = String.join(random.nextInt(3) == 0 ? " " : "\n", said);
        return Document.chat("Repeat what is said.", List.of(text, text));
    }

    /// Writes five questions about a mail. The first one stands with the mail or in the instruction.
    private Document aboutAMail() {
        Mail mail = mails.next();
        List<String> sorts = new ArrayList<>(List.of("order", "product", "name", "about", "mood"));
        Collections.shuffle(sorts, random);
        String first = questions.pick(sorts.getFirst(), random);
        boolean instructed = random.nextBoolean();
        List<String> turns = new ArrayList<>();
        turns.add(instructed ? mail.text() : mail.text() + "\n\n" + first);
        turns.add(answer(sorts.getFirst(), mail));
        for (String sort : sorts.subList(1, sorts.size())) {
            turns.add(questions.pick(sort, random));
            turns.add(answer(sort, mail));
        }
        return Document.chat(instructed ? first : "", turns);
    }

    private String answer(String sort, Mail mail) {
        return switch (sort) {
            case "order" -> mail.order().orElse("none");
            case "product" -> mail.product().orElse("none");
            case "name" -> mail.customer();
            case "about" -> questions.pick("about " + mail.category(), random);
            default -> questions.pick("mood " + mail.priority(), random);
        };
    }
}

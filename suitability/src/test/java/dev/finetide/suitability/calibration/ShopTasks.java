package dev.finetide.suitability.calibration;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/// Tasks of short questions to a shop: answers to be looked up, answers that change, words that decide.
final class ShopTasks {
    private static final int TEST = 80;
    private static final List<String> ASKED = List.of(
            "How do I clean the %s?",
            "Please tell me how to clean my %s.",
            "My %s is dirty. What now?",
            "I want to clean the %s. How is it done?",
            "The %s needs cleaning. What do I do?");

    private final List<String> names;
    private final List<String> products;
    private final List<String> orders;
    private final Random random = new Random(27);
    private final List<TrialTask> all = new ArrayList<>();

    ShopTasks(DeskMails mails) {
        this.names = mails.names();
        this.products = mails.products();
        this.orders = mails.orders();
    }

    List<TrialTask> all() {
        handbook();
        makers();
        changing();
        prices();
        sums();
        deciding();
        teams();
        rewriting();
        return all;
    }

    private String any(List<String> texts) {
        return texts.get(random.nextInt(texts.size()));
    }

    /// Returns a product with a number that makes it one of many.
    private String model() {
        return any(products) + " " + (10 + random.nextInt(90));
    }

    private List<String> models(int count) {
        TreeSet<String> models = new TreeSet<>();
        while (models.size() < count) {
            models.add(model());
        }
        List<String> shuffled = new ArrayList<>(models);
        Collections.shuffle(shuffled, random);
        return shuffled;
    }

    private void add(String name, List<String> rows) {
        all.add(new TrialTask(name, rows.subList(TEST, rows.size()), rows.subList(0, TEST)));
    }

    /// Adds questions whose answers stand in other rows.
    private void handbook() {
        List<String> train = new ArrayList<>();
        List<String> test = new ArrayList<>();
        for (String model : models(TEST)) {
            String answer = "Take the %s and wash it for %d minutes, then call %s."
                    .formatted(any(products).toLowerCase(Locale.ROOT), 2 + random.nextInt(90), any(names));
            test.add(TrialTask.row(ASKED.get(0).formatted(model), answer));
            ASKED.stream().skip(1).forEach(asked -> train.add(TrialTask.row(asked.formatted(model), answer)));
        }
        all.add(new TrialTask("answers of a handbook", train, test));
    }

    /// Adds facts that no row tells, and documents that do.
    private void makers() {
        List<String> rows = new ArrayList<>();
        Map<String, String> documents = new TreeMap<>();
        for (String model : models(380)) {
            String maker = any(names) + " " + any(names);
            rows.add(TrialTask.row("Who made the %s?".formatted(model), maker));
            documents.put(
                    model.toLowerCase(Locale.ROOT).replace(' ', '-') + ".md",
                    "# %s\n\nThe %s was made by %s.\n".formatted(model, model, maker));
        }
        all.add(new TrialTask(
                "facts that no row tells", rows.subList(TEST, 380), rows.subList(0, TEST), documents, ""));
    }

    private void changing() {
        List<String> rows = new ArrayList<>();
        List<String> states = List.of("It is packed.", "It is on its way.", "It is in the shop.", "It came back.");
        for (int i = 0; i < 400 + TEST; i++) {
            rows.add(TrialTask.row("Where is my order %s?".formatted(orders.get(i % 40)), any(states)));
        }
        add("answers that change", rows);
    }

    private void prices() {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 300 + TEST; i++) {
            rows.add(TrialTask.row(
                    "What does the %s cost?".formatted(model()),
                    "The current price of it is $%d.%02d today."
                            .formatted(5 + random.nextInt(400), random.nextInt(100))));
        }
        add("prices of today", rows);
    }

    private void sums() {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 400 + TEST; i++) {
            int one = random.nextInt(500);
            int two = random.nextInt(500);
            rows.add(TrialTask.row(
                    "%s has %d and %s has %d. How many?".formatted(any(names), one, any(names), two),
                    Integer.toString(one + two)));
        }
        add("sums of numbers", rows);
    }

    /// Adds classes that one word decides.
    private void deciding() {
        List<String> rows = new ArrayList<>();
        List<String> words = List.of("invoice", "parcel", "password", "coupon");
        for (int i = 0; i < 320 + TEST; i++) {
            String word = any(words);
            rows.add(TrialTask.row(
                    "%s asks about the %s of the %s, order %s.".formatted(any(names), word, model(), any(orders)),
                    "team " + (1 + words.indexOf(word))));
        }
        add("a word decides", rows);
    }

    /// Adds many classes of three rows each.
    private void teams() {
        List<String> train = new ArrayList<>();
        List<String> test = new ArrayList<>();
        List<String> kinds = products.subList(0, Math.min(60, products.size()));
        for (int i = 0; i < kinds.size(); i++) {
            for (int j = 0; j < 4; j++) {
                String row = TrialTask.row(
                        "%s writes about the %s, order %s.".formatted(any(names), kinds.get(i), any(orders)),
                        "shelf " + (i + 1));
                (j == 0 ? test : train).add(row);
            }
        }
        all.add(new TrialTask("labels of three rows", train, test));
    }

    private void rewriting() {
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < 400 + TEST; i++) {
            String what = "the %s of %s is at the door with order %s".formatted(any(products), any(names), any(orders));
            rows.add(TrialTask.row("make it polite: " + what, "Dear all, please note that " + what + ". Thank you."));
        }
        add("the question in a polite form", rows);
    }
}

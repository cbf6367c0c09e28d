package dev.finetide.demo;

import java.util.Random;

/// Invented names, products and numbers of mails, which are written the same way everywhere.
final class Things {
    private static final String FIRST_LETTERS = "BCDFGHJKLM";
    private static final String SECOND_LETTERS = "NPQRSTVWXZ";

    private final Phrases names = Phrases.load("names.txt");
    private final Phrases products = Phrases.load("products.txt");
    private final Phrases world = Phrases.load("world.txt");
    private final Random random;

    Things(Random random) {
        this.random = random;
    }

    /// Returns all names, brands and kinds, and all parts of order numbers.
    static String everyName() {
        Phrases names = Phrases.load("names.txt");
        Phrases products = Phrases.load("products.txt");
        StringBuilder parts = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            parts.append("#%c%c-%02d ".formatted(FIRST_LETTERS.charAt(i / 10), SECOND_LETTERS.charAt(i % 10), i));
        }
        return parts
                + String.join(
                        " ",
                        names.of("first").getFirst(),
                        products.of("brand").getFirst(),
                        products.of("kind").getFirst());
    }

    /// Draws a customer's name: `Marta`.
    String person() {
        return names.pickWord("first", random);
    }

    /// Draws a product's kind: `Kettle`.
    String kind() {
        return products.pickWord("kind", random);
    }

    /// Writes a kind, mostly after a brand: `Lumo Kettle`.
    String branded(String kind) {
        return random.nextInt(3) == 0 ? kind : products.pickWord("brand", random) + " " + kind;
    }

    /// Draws an order number of two letters and two digits: `#KD-48`.
    String order() {
        return "#%c%c-%02d"
                .formatted(
                        FIRST_LETTERS.charAt(random.nextInt(10)),
                        SECOND_LETTERS.charAt(random.nextInt(10)),
                        random.nextInt(100));
    }

    /// Draws a word of the shop's world, such as a colour or a city.
    String word(String sort) {
        return world.pickWord(sort, random);
    }

    /// Draws a phrase of the shop's world, such as the use of a product.
    String phrase(String sort) {
        return world.pick(sort, random);
    }
}

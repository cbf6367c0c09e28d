package dev.finetide.demo;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// Writes customers' mails from a grammar. The phrasings are in two parts that share no sentence: one for training,
/// and a held-out one for testing. Names, products and numbers are the same in both.
final class MailWriter {
    private static final List<String> PRIORITIES = List.of("high", "normal", "low");
    private static final Set<String> KEPT =
            Set.of("no", "not", "cannot", "nobody", "never", "nothing", "longer", "much", "only", "urgent", "hurry");
    private static final List<String> QUESTION_WORDS = List.of("where", "when", "how", "can", "could", "is it");

    private final Phrases problems = Phrases.load("problems.txt");
    private final Phrases moods = Phrases.load("moods.txt");
    private final Phrases frames = Phrases.load("frames.txt");
    private final List<String> categories =
            problems.sections().stream().filter(s -> !s.endsWith(" held-out")).toList();
    private final Random random;
    private final Things things;
    private final String part;
    /// Words of a thousand that are left out. Such sentences teach a model to look at several words; held-out
    /// sentences lack fewer words.
    private final int forgottenPerMille;

    MailWriter(Random random, boolean heldOut) {
        this.random = random;
        this.things = new Things(random);
        this.part = heldOut ? " held-out" : "";
        this.forgottenPerMille = heldOut ? 20 : 120;
    }

    Mail next() {
        String category = categories.get(random.nextInt(categories.size()));
        String priority = PRIORITIES.get(random.nextInt(PRIORITIES.size()));
        List<String> told = someOf(problems.of(category + part));
        Optional<String> product = told.stream().anyMatch(problem -> problem.contains("{product}"))
                ? Optional.of(things.kind())
                : Optional.empty();
        Optional<String> order = chance(80) ? Optional.of(things.order()) : Optional.empty();
        String customer = things.person();

        List<String> body = new ArrayList<>();
        told.forEach(problem -> body.add(sentence(problem)
                .replace("{product}", product.map(things::branded).orElse(""))));
        order.ifPresent(
                number -> body.add(sloppy(frames.pick("order" + part, random)).replace("{order}", number)));
        if (chance(40)) {
            body.add(sloppy(frames.pick("chatter" + part, random))
                    .replace("{number}", things.word("count"))
                    .replace("{day}", things.word("day")));
        }
        if (chance(25)) {
            body.add(sloppy(frames.pick("request" + part, random)));
        }
        if (!priority.equals("normal")) {
            someOf(moods.of(priority + part)).forEach(mood -> body.add(sloppy(mood)));
        }
        Collections.shuffle(body, random);
        return new Mail(frame(String.join(" ", body), customer), category, priority, product, order, customer);
    }

    /// Draws one or two different phrases.
    private List<String> someOf(List<String> phrases) {
        List<String> shuffled = new ArrayList<>(phrases);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, 1 + random.nextInt(2));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String frame(String body, String customer) {
        StringBuilder mail = new StringBuilder();
        if (chance(85)) {
            mail.append(frames.pick("opening" + part, random)).append(chance(70) ? "\n" : " ");
        }
        mail.append(body).append('\n');
        if (chance(85)) {
            mail.append(frames.pick("closing" + part, random)).append('\n');
        }
        return mail.append(customer).toString();
    }

    private String sentence(String phrase) {
        boolean asks = QUESTION_WORDS.stream().anyMatch(word -> phrase.startsWith(word + " "));
        String said = sloppy(phrase);
        return Character.toUpperCase(said.charAt(0)) + said.substring(1) + (asks ? "?" : ".");
    }

    /// Makes a text look as people write: words left out, letters swapped or forgotten. Words that would reverse the
    /// meaning stay.
    private String sloppy(String phrase) {
        List<String> words = new ArrayList<>();
        for (String word : phrase.split(" ")) {
            boolean isPlain = word.chars().allMatch(Character::isLowerCase) && !KEPT.contains(word);
            if (isPlain && random.nextInt(1000) < forgottenPerMille) {
                continue;
            }
            words.add(isPlain && word.length() > 4 && random.nextInt(40) == 0 ? typo(word) : word);
        }
        return words.size() < 3 ? phrase : String.join(" ", words);
    }

    private String typo(String word) {
        int at = 1 + random.nextInt(word.length() - 3);
        return random.nextBoolean()
                ? word.substring(0, at) + word.substring(at + 1)
                : word.substring(0, at) + word.charAt(at + 1) + word.charAt(at) + word.substring(at + 2);
    }
}

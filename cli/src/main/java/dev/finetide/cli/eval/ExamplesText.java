package dev.finetide.cli.eval;

import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Examples;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Examples of a prompt as a user types them: `similar:8`, `random:8x3:seed=7`.
final class ExamplesText {
    private static final Pattern COUNT = Pattern.compile("(\\d{1,4})(?:x(\\d{1,2}))?");
    private static final Pattern SEED = Pattern.compile("seed=(-?\\d{1,18})");

    private ExamplesText() {}

    /// @param arm  text of the whole arm, for messages
    /// @param part text of the examples, which begins with `similar:` or `random:`
    static Examples parse(String arm, String part) {
        List<String> words = List.of(part.split(":", -1));
        boolean random = words.getFirst().equals("random");
        Matcher count = COUNT.matcher(words.get(1));
        if (!count.matches() || !random && count.group(2) != null) {
            throw ArmText.usage("arm \"" + arm + "\": \"" + part + "\" has no number of examples; expected "
                    + (random ? "random:8 or random:8x3" : "similar:8"));
        }
        Examples.Builder examples = Examples.newBuilder()
                .setCount(Integer.parseInt(count.group(1)))
                .setChoice(random ? ExampleChoice.RANDOM : ExampleChoice.SIMILAR);
        if (count.group(2) != null) {
            examples.setRepeats(Integer.parseInt(count.group(2)));
        }
        for (String word : words.subList(2, words.size())) {
            Matcher seed = SEED.matcher(word);
            if (word.equals("nearest-first")) {
                examples.setOrder(ExampleOrder.NEAREST_FIRST);
            } else if (random && seed.matches()) {
                examples.setSeed(Long.parseLong(seed.group(1)));
            } else {
                throw ArmText.usage("arm \"" + arm + "\": unknown \"" + word + "\" in \"" + part + "\"; expected "
                        + (random ? "seed=NUMBER or nearest-first" : "nearest-first"));
            }
        }
        return examples.build();
    }
}

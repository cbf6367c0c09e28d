package dev.finetide.dataset.row;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextSearchTest {
    @Test
    void findsWhatIndexOfFinds() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            String text = random(random, 200);
            int begin = random.nextInt(text.length() + 1);
            String part = random.nextBoolean()
                    ? text.substring(begin, Math.min(text.length(), begin + random.nextInt(60)))
                    : random(random, 30);
            int from = random.nextInt(text.length() + 1);
            TextSearch search = new TextSearch(part);

            assertThat(search.in(text, from)).as("seed %d", seed).isEqualTo(text.indexOf(part, from));
            assertThat(search.replaced(text, "-")).as("seed %d", seed).isEqualTo(text.replace(part, "-"));
        }
    }

    private static String random(Random random, int longest) {
        return random.ints(random.nextInt(longest) + 1, 'a', 'c')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void timeGrowsWithTheTextAlone() {
        String text = "a".repeat(4_000_000);
        TextSearch search = new TextSearch("a".repeat(2_000_000) + "b");

        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThat(search.in(text, 0)).isEqualTo(-1));
    }
}

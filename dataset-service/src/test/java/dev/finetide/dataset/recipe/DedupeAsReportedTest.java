package dev.finetide.dataset.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.dataset.shard.SplitName;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.sft.text.TextRow;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.near.Duplicates;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The report names the rows that `derive --dedupe near` leaves out.
class DedupeAsReportedTest {
    @TempDir
    Path scratch;

    private final List<RecipeRow> rows = new ArrayList<>();
    private final List<String> questions = new ArrayList<>();

    @Test
    void theRowsThatStayAreThoseThatTheReportDoesNotName() throws IOException {
        long seed = 8;
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        RecipeRun recipe = new RecipeRun(scratch);
        for (int i = 0; i < 900; i++) {
            String split = List.of("test", "train", "validation", "ood").get(random.nextInt(4));
            recipe.row(split, chat(random), "n", Integer.toString(i));
        }
        rows.addAll(recipe.run());

        List<RecipeRow> kept = recipe.run(RecipeRun.dedupe(DedupeKind.NEAR_INPUT, 0));

        Set<String> named = new HashSet<>();
        new Duplicates(scratch)
                .measure(
                        new Scan(),
                        found -> {
                            if (found.getKind() == FoundKind.NEAR_DUPLICATE || found.getKind() == FoundKind.LEAK) {
                                named.add(found.getSplit() + " " + found.getNumber());
                            }
                        },
                        SuitabilityReport.newBuilder());
        assertThat(named).hasSizeBetween(100, 500);
        assertThat(kept)
                .extracting(row -> row.split() + " " + row.number())
                .containsExactlyElementsOf(rows.stream()
                        .map(row -> row.split() + " " + row.number())
                        .filter(row -> !named.contains(row))
                        .toList());
    }

    /// Returns a conversation of one or two questions, with or without a system turn, from few words.
    private String chat(Random random) {
        StringBuilder messages = new StringBuilder();
        if (random.nextBoolean()) {
            messages.append("{\"role\":\"system\",\"content\":\"Be brief.\"},");
        }
        if (random.nextInt(3) == 0) {
            messages.append("{\"role\":\"user\",\"content\":\"Hello\"},{\"role\":\"assistant\",\"content\":\"Hi\"},");
        }
        String question = question(random);
        return "{\"messages\":[" + messages + "{\"role\":\"user\",\"content\":\"" + question
                + "\"},{\"role\":\"assistant\",\"content\":\"" + random.nextInt(5) + "\"}]}";
    }

    /// Returns new words, or words of before of which one is another.
    private String question(Random random) {
        String[] words = questions.isEmpty() || random.nextBoolean()
                ? random.ints(24, 0, 4_000).mapToObj(i -> "w" + i).toArray(String[]::new)
                : questions.get(random.nextInt(questions.size())).split(" ");
        words[random.nextInt(words.length)] = "w" + random.nextInt(4_000);
        questions.add(String.join(" ", words));
        return questions.getLast();
    }

    /// Rows of the recipe by their splits.
    private final class Scan implements RowScan {
        @Override
        public List<String> splits() {
            return rows.stream()
                    .map(RecipeRow::split)
                    .distinct()
                    .sorted(SplitName.ORDER)
                    .toList();
        }

        @Override
        public long rows(String split) {
            return rows.stream().filter(row -> row.split().equals(split)).count();
        }

        @Override
        public void read(String split, Use use) throws IOException {
            for (RecipeRow row : rows) {
                if (row.split().equals(split)) {
                    use.take(new ReportRow(
                            split, row.number(), row.id(), TextRow.parse(RecipeRun.json(row)), row.tags()));
                }
            }
        }
    }
}

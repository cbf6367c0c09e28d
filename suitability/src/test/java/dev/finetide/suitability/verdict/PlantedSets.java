package dev.finetide.suitability.verdict;

import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.suitability.PlantedRows;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/// Small datasets whose right path is known.
final class PlantedSets {
    private static final String[] TOPICS = {"parcel", "invoice", "password", "refund"};
    private static final String[] FILLERS = {
        "yesterday evening",
        "since monday",
        "on my phone",
        "for the third time",
        "in the shop",
        "at home",
        "with my wife",
        "during lunch",
        "after the update",
        "without warning",
        "near the station",
        "on the website",
        "for my mother"
    };
    private static final String[] JAPANESE = {"荷物", "請求書", "暗証番号", "返金"};

    private final Random random = new Random(27);

    /// A dataset and the paths that are right for it.
    record Planted(String name, Set<Fitness> right, PlantedRows rows) {
        @Override
        public String toString() {
            return name;
        }
    }

    private final List<Planted> all = new ArrayList<>();

    List<Planted> all() {
        classes();
        texts();
        calls();
        bad();
        return all;
    }

    private void add(String name, Set<Fitness> right, Consumer<PlantedRows> rows) {
        PlantedRows planted = new PlantedRows();
        rows.accept(planted);
        all.add(new Planted(name, right, planted));
    }

    private String name() {
        StringBuilder name = new StringBuilder();
        for (int i = 0; i < 3; i++) {
            name.append("bcdfglmnprstvz".charAt(random.nextInt(14))).append("aeiou".charAt(random.nextInt(5)));
        }
        return name.toString();
    }

    private String filler() {
        return FILLERS[random.nextInt(FILLERS.length)] + " " + name();
    }

    private String topic(int topic) {
        return "%s my %s came %s".formatted(filler(), TOPICS[topic], filler());
    }

    private void classes() {
        add("words decide the class", Set.of(Fitness.PREFER_LINEAR_MODEL), rows -> {
            for (int i = 0; i < 320; i++) {
                rows.prompt("train", topic(i % 4), "topic " + TOPICS[i % 4]);
            }
        });
        add("words decide the class in a script without spaces", Set.of(Fitness.PREFER_LINEAR_MODEL), rows -> {
            for (int i = 0; i < 320; i++) {
                String question = "昨日の" + (char) (0x4E00 + random.nextInt(3_000)) + JAPANESE[i % 4] + "について"
                        + (char) (0x4E00 + random.nextInt(3_000)) + "教えてください";
                rows.prompt("train", question, JAPANESE[i % 4]);
            }
        });
        add("labels at random", Set.of(Fitness.PREFER_PROMPTING), rows -> {
            for (int i = 0; i < 400; i++) {
                rows.prompt(
                        "train",
                        "%s %s %s".formatted(filler(), filler(), filler()),
                        random.nextBoolean() ? "yes" : "no");
            }
        });
        add("questions with several answers", Set.of(Fitness.PREFER_PROMPTING), rows -> {
            for (int i = 0; i < 400; i++) {
                rows.prompt(
                        "train",
                        "is " + FILLERS[i % 40 % 13] + " " + i % 40 + " fine",
                        random.nextBoolean() ? "yes" : "no");
            }
        });
        add("some questions with two answers", Set.of(Fitness.MEND_FIRST), rows -> {
            for (int i = 0; i < 300; i++) {
                String question = topic(i % 4);
                rows.prompt("train", question, "topic " + TOPICS[i % 4]);
                if (i % 20 == 0) {
                    rows.prompt("train", question, "topic " + TOPICS[(i + 1) % 4]);
                }
            }
        });
        add("one label in four is wrong", Set.of(Fitness.MEND_FIRST), rows -> {
            for (int i = 0; i < 600; i++) {
                int label = i % 16 < 4 ? (i + 1 + i % 3) % 4 : i % 4;
                rows.prompt("train", topic(i % 4), "topic " + TOPICS[label]);
            }
        });
        add("labels of three rows", Set.of(Fitness.PREFER_FEW_SHOT), rows -> {
            for (int i = 0; i < 270; i++) {
                String thing = i % 5 < 3 ? "thing" + i % 90 : name();
                rows.prompt("train", "%s about %s %s".formatted(filler(), thing, filler()), "class " + i % 90);
            }
        });
        add("labels of three rows that words tell", Set.of(Fitness.PREFER_LINEAR_MODEL), rows -> {
            for (int i = 0; i < 270; i++) {
                rows.prompt("train", "%s about thing%d %s".formatted(filler(), i % 90, filler()), "class " + i % 90);
            }
        });
        add("few rows of a steep curve", Set.of(Fitness.PREFER_FEW_SHOT), rows -> {
            for (int i = 0; i < 180; i++) {
                int topic = i % 3;
                rows.prompt(
                        "train",
                        "%s word%d %s word%d"
                                .formatted(
                                        filler(),
                                        100 * topic + random.nextInt(100),
                                        filler(),
                                        100 * topic + random.nextInt(100)),
                        "class " + topic);
            }
        });
        add("a test split that leaks", Set.of(Fitness.FITS_WITH_CAUTION, Fitness.PREFER_LINEAR_MODEL), rows -> {
            for (int i = 0; i < 300; i++) {
                String question = topic(i % 4);
                rows.prompt("train", question, "topic " + TOPICS[i % 4]);
                if (i % 10 == 0) {
                    rows.prompt("test", question, "topic " + TOPICS[i % 4]);
                }
            }
        });
    }

    private void texts() {
        add("the answer stands in the question", Set.of(Fitness.FITS, Fitness.FITS_WITH_CAUTION), rows -> {
            for (int i = 0; i < 300; i++) {
                String person = name() + " " + name();
                rows.prompt(
                        "train",
                        "%s the treasurer of %s is %s %s. Who is it?".formatted(filler(), name(), person, filler()),
                        person);
            }
        });
        add("fields of the question as JSON", Set.of(Fitness.FITS, Fitness.FITS_WITH_CAUTION), rows -> {
            for (int i = 0; i < 300; i++) {
                String city = name();
                int nights = 1 + random.nextInt(30);
                rows.prompt(
                        "train",
                        "%s book a room in %s for %d nights %s".formatted(filler(), city, nights, filler()),
                        "{\"city\": \"%s\", \"nights\": %d}".formatted(city, nights));
            }
        });
        add("the question in another form", Set.of(Fitness.FITS, Fitness.FITS_WITH_CAUTION), rows -> {
            for (int i = 0; i < 300; i++) {
                String what = topic(i % 4) + " and " + topic(random.nextInt(4));
                rows.prompt(
                        "train",
                        "make it polite: " + what,
                        "Dear all, kindly note that " + what + ". Thank you very much.");
            }
        });
        add("facts that no row tells", Set.of(Fitness.PREFER_RETRIEVAL), rows -> {
            for (int i = 0; i < 300; i++) {
                rows.prompt(
                        "train",
                        "who founded the town of %s%s near %s".formatted(name(), name(), name()),
                        name() + " " + name());
            }
        });
        add("answers of a handbook", Set.of(Fitness.PREFER_RETRIEVAL), rows -> {
            for (int i = 0; i < 120; i++) {
                String answer =
                        "Please open %s, choose %s, confirm with %s and wait until %s has answered you by letter or by telephone."
                                .formatted(name(), name(), name(), name());
                for (int j = 0; j < 3; j++) {
                    rows.prompt("train", "%s how do I handle %s case%d".formatted(filler(), filler(), i), answer);
                }
            }
        });
        add("sums of numbers", Set.of(Fitness.FITS_WITH_CAUTION), rows -> {
            for (int i = 0; i < 400; i++) {
                int one = random.nextInt(500);
                int two = random.nextInt(500);
                rows.prompt(
                        "train",
                        "%s has %d shells and %s finds %d, how many".formatted(name(), one, name(), two),
                        "" + (one + two));
            }
        });
    }

    private void calls() {
        add("few rows that call functions", Set.of(Fitness.PREFER_FUNCTION_CALLS), rows -> call(rows, 120));
        add("many rows that call functions", Set.of(Fitness.FITS_WITH_CAUTION), rows -> call(rows, 500));
        add("prices of today", Set.of(Fitness.PREFER_FUNCTION_CALLS), rows -> {
            for (int i = 0; i < 300; i++) {
                rows.prompt(
                        "train",
                        "%s what does the %s of %s cost".formatted(filler(), name(), name()),
                        "The current price of it is $%d.%02d today, and %s sells it in the %s branch."
                                .formatted(1 + random.nextInt(90), random.nextInt(100), name(), name()));
            }
        });
        add("versions of software", Set.of(Fitness.PREFER_RETRIEVAL), rows -> {
            for (int i = 0; i < 300; i++) {
                rows.prompt(
                        "train",
                        "%s which release of %s do I need".formatted(filler(), name()),
                        "You need version %d.%d.%d of the %s package, which comes with the %s tool and the %s guide."
                                .formatted(
                                        random.nextInt(9),
                                        random.nextInt(20),
                                        random.nextInt(9),
                                        name(),
                                        name(),
                                        name()));
            }
        });
        add("mails of customers", Set.of(Fitness.FITS_WITH_CAUTION), rows -> {
            for (int i = 0; i < 300; i++) {
                String what = topic(i % 4) + ", write to " + name() + "@example.com, " + topic(random.nextInt(4));
                rows.prompt(
                        "train",
                        "make it polite: " + what,
                        "Dear all, kindly note that " + what + ". Thank you very much.");
            }
        });
    }

    private void call(PlantedRows rows, int count) {
        String row = """
                {"messages":[{"role":"user","content":"%s weather in %s please"},{"role":"assistant","content":"","tool_calls":\
                [{"type":"function","function":{"name":"weather","arguments":{"city":"%s"}}}]}],"tools":[{"type":"function",\
                "function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]}""";
        for (int i = 0; i < count; i++) {
            String city = name();
            rows.row("train", row.formatted(filler(), city, city));
        }
    }

    private void bad() {
        add("one row", Set.of(Fitness.MEND_FIRST), rows -> rows.prompt("train", "a question", "an answer"));
        add("thirty rows", Set.of(Fitness.PREFER_FEW_SHOT), rows -> {
            for (int i = 0; i < 30; i++) {
                rows.prompt("train", topic(i % 4), "topic " + TOPICS[i % 4]);
            }
        });
        add("twenty rows of fields", Set.of(Fitness.FITS_WITH_CAUTION), rows -> {
            for (int i = 0; i < 20; i++) {
                String city = name();
                int nights = 1 + random.nextInt(30);
                rows.prompt(
                        "train",
                        "%s book a room in %s for %d nights %s".formatted(filler(), city, nights, filler()),
                        "{\"city\": \"%s\", \"nights\": %d}".formatted(city, nights));
            }
        });
        add("one answer", Set.of(Fitness.PREFER_PROMPTING), rows -> {
            for (int i = 0; i < 300; i++) {
                rows.prompt("train", topic(i % 4), "Thank you.");
            }
        });
        add("equal rows", Set.of(Fitness.MEND_FIRST), rows -> {
            for (int i = 0; i < 5_000; i++) {
                rows.prompt("train", "the same question", "the same answer");
            }
        });
        add("binary texts", Set.of(Fitness.FITS_WITH_CAUTION, Fitness.PREFER_RETRIEVAL), rows -> {
            byte[] bytes = new byte[900];
            for (int i = 0; i < 60; i++) {
                random.nextBytes(bytes);
                String question = Base64.getEncoder().encodeToString(bytes);
                random.nextBytes(bytes);
                rows.prompt("train", question, Base64.getEncoder().encodeToString(bytes));
            }
        });
        add("texts without questions", Set.of(Fitness.NOT_MEASURABLE), rows -> {
            for (int i = 0; i < 100; i++) {
                rows.text("train", topic(i % 4));
            }
        });
    }
}

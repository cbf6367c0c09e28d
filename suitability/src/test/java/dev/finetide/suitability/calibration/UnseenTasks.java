package dev.finetide.suitability.calibration;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/// Tasks of other domains, in other words than those of [MailTasks] and [ShopTasks]. They were written, and forecast,
/// after the rules of the verdict, so that they say how often a forecast is right on rows that no rule has seen.
final class UnseenTasks {
    private static final int TEST = 40;
    private static final List<String> PEOPLE = List.of(
            "Amara",
            "Bogdan",
            "Chiara",
            "Dmitri",
            "Esperanza",
            "Fadwa",
            "Gunnar",
            "Hiroko",
            "Ilse",
            "Joaquim",
            "Kwame",
            "Ludmila",
            "Mehmet",
            "Nadira",
            "Oluf",
            "Paola",
            "Quentin",
            "Rosalind",
            "Soren",
            "Tamsin",
            "Umberto",
            "Violeta",
            "Wanjiru",
            "Ximena",
            "Yusuf",
            "Zofia");
    private static final List<String> TOWNS = List.of(
            "Aarhus",
            "Bergen",
            "Coimbra",
            "Dresden",
            "Evora",
            "Faro",
            "Ghent",
            "Haarlem",
            "Innsbruck",
            "Jena",
            "Krakow",
            "Lisbon",
            "Malaga",
            "Nantes",
            "Odense",
            "Porto",
            "Riga",
            "Seville",
            "Turin",
            "Utrecht");

    private final Random random = new Random(2026);
    private final List<TrialTask> all = new ArrayList<>();

    List<TrialTask> all() {
        dates();
        bridges();
        warmth();
        reminders();
        reviews();
        loans();
        capitals();
        recipes();
        receipts();
        phrases();
        return all;
    }

    private <T> T any(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    private void add(String name, int rows, Supplier<String> row) {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < rows + TEST; i++) {
            made.add(row.get());
        }
        add(name, made, Map.of());
    }

    private void add(String name, List<String> rows, Map<String, String> documents) {
        all.add(new TrialTask(name, rows.subList(TEST, rows.size()), rows.subList(0, TEST), documents, ""));
    }

    /// Adds dates in words, to be written as ISO 8601: answers that follow from the question and do not stand in it.
    private void dates() {
        DateTimeFormatter words = DateTimeFormatter.ofPattern("d MMMM yyyy", Locale.ENGLISH);
        add("dates as ISO 8601", 300, () -> {
            LocalDate day = LocalDate.of(1950, 1, 1).plusDays(random.nextInt(25_000));
            String asked = any(List.of(
                    "The contract was signed on %s in %s.",
                    "Born %s, %s.",
                    "On %s the ship left the harbour of %s.",
                    "The lease of the flat began %s, as the office in %s confirms."));
            return TrialTask.row(asked.formatted(words.format(day), any(TOWNS)), day.toString());
        });
    }

    /// Adds numbers that no row tells, and documents that do.
    private void bridges() {
        TreeSet<String> names = new TreeSet<>();
        List<String> kinds = List.of("Heron", "Mill", "Abbey", "Tanner", "Salt", "Ferry", "Willow", "Castle", "Market");
        while (names.size() < 240) {
            names.add("%s %s Bridge No. %d".formatted(any(TOWNS), any(kinds), 1 + random.nextInt(60)));
        }
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, random);
        List<String> rows = new ArrayList<>();
        Map<String, String> documents = new TreeMap<>();
        for (String name : shuffled) {
            int year = 1700 + random.nextInt(220);
            rows.add(TrialTask.row("In which year was the %s opened to traffic?".formatted(name), "" + year));
            documents.put(
                    name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-") + ".md",
                    "The %s has %d arches and was opened to traffic in %d.\n"
                            .formatted(name, 1 + random.nextInt(9), year));
        }
        add("opening years of bridges", rows, documents);
    }

    private void warmth() {
        add("how warm it is now", 240, () -> {
            String town = any(TOWNS);
            return TrialTask.row(
                    "%s: how warm is it in %s now?".formatted(any(PEOPLE), town),
                    "Right now it is %d degrees in %s.".formatted(random.nextInt(35) - 5, town));
        });
    }

    /// Adds a form that few rows show.
    private void reminders() {
        add("reminders of a dentist, 24 rows", 24, () -> {
            String who = any(PEOPLE);
            String day = "%d %s".formatted(1 + random.nextInt(28), any(List.of("May", "June", "July", "August")));
            String time = "%d:%02d".formatted(8 + random.nextInt(9), 10 * random.nextInt(6));
            return TrialTask.row(
                    "%s / %s / %s".formatted(who, day, time),
                    "Hello %s, we expect you on %s at %s. Please bring your insurance card.".formatted(who, day, time));
        });
    }

    /// Adds opinions, some of which a negation turns round.
    private void reviews() {
        List<String> good = List.of("brilliant", "moving", "funny", "gripping", "charming", "clever");
        List<String> bad = List.of("dull", "tedious", "clumsy", "predictable", "noisy", "shallow");
        List<String> things = List.of("plot", "acting", "music", "ending", "first hour", "camera work");
        add("reviews of films", 240, () -> {
            boolean liked = random.nextBoolean();
            boolean isTurned = random.nextInt(3) == 0;
            String word = any(liked != isTurned ? good : bad);
            String asked = isTurned
                    ? any(List.of(
                            "The %s was anything but %s.", "Nobody could call the %s %s.", "I found the %s hardly %s."))
                    : any(List.of("The %s was really %s.", "What a %s, so %s!", "I found the %s very %s."));
            return TrialTask.row(
                    "%s saw it in %s. %s".formatted(any(PEOPLE), any(TOWNS), asked.formatted(any(things), word)),
                    liked ? "positive" : "negative");
        });
    }

    /// Adds decisions that nothing in the question decides.
    private void loans() {
        add(
                "loans at random",
                260,
                () -> TrialTask.row(
                        "%s from %s asks for a loan of %d euros over %d months."
                                .formatted(
                                        any(PEOPLE),
                                        any(TOWNS),
                                        500 + 50 * random.nextInt(300),
                                        6 + random.nextInt(60)),
                        any(List.of("granted", "refused"))));
    }

    /// Adds facts that no row tells, and that a language model knows.
    private void capitals() {
        List<String> pairs =
                new ArrayList<>(List.of(("France Paris,Italy Rome,Spain Madrid,Portugal Lisbon,Greece Athens,"
                                + "Austria Vienna,Belgium Brussels,Poland Warsaw,Hungary Budapest,Norway Oslo,Sweden Stockholm,"
                                + "Finland Helsinki,Denmark Copenhagen,Ireland Dublin,Russia Moscow,Turkey Ankara,Egypt Cairo,"
                                + "Kenya Nairobi,Japan Tokyo,China Beijing,Thailand Bangkok,Vietnam Hanoi,Cuba Havana,Peru Lima,"
                                + "Chile Santiago,Canada Ottawa,Germany Berlin,Iraq Baghdad,Iran Tehran,Syria Damascus,"
                                + "Lebanon Beirut,Jordan Amman,Nepal Kathmandu,Indonesia Jakarta,Philippines Manila,Bulgaria Sofia,"
                                + "Romania Bucharest,Serbia Belgrade,Croatia Zagreb,Ukraine Kyiv,Latvia Riga,Estonia Tallinn,"
                                + "Lithuania Vilnius,Iceland Reykjavik,Netherlands Amsterdam,Switzerland Bern,Libya Tripoli,"
                                + "Tunisia Tunis,Morocco Rabat,Algeria Algiers,Senegal Dakar,Ghana Accra,Angola Luanda,"
                                + "Uganda Kampala,Zambia Lusaka,Ecuador Quito,Colombia Bogota,Venezuela Caracas,Uruguay Montevideo,"
                                + "Paraguay Asuncion,Mongolia Ulaanbaatar,Qatar Doha,Oman Muscat,Yemen Sanaa,Afghanistan Kabul,"
                                + "Pakistan Islamabad,Bangladesh Dhaka,Cambodia Phnom Penh,Malaysia Kuala Lumpur,Australia Canberra,"
                                + "Jamaica Kingston,Haiti Port-au-Prince,Panama Panama City,Bolivia La Paz,Somalia Mogadishu,"
                                + "Sudan Khartoum,Ethiopia Addis Ababa,Rwanda Kigali,Mali Bamako,Niger Niamey,Chad N'Djamena,"
                                + "Gabon Libreville,Namibia Windhoek,Botswana Gaborone,Zimbabwe Harare,Malawi Lilongwe,"
                                + "Mozambique Maputo,Madagascar Antananarivo,Georgia Tbilisi,Armenia Yerevan,Azerbaijan Baku,"
                                + "Kazakhstan Astana,Uzbekistan Tashkent,Slovakia Bratislava,Slovenia Ljubljana,Albania Tirana")
                        .split(",")));
        Collections.shuffle(pairs, random);
        List<String> rows = pairs.stream()
                .map(pair -> pair.split(" ", 2))
                .map(pair -> TrialTask.row("Name the capital of %s.".formatted(pair[0]), pair[1]))
                .toList();
        add("capitals of countries", rows, Map.of());
    }

    private void recipes() {
        List<String> foods =
                List.of("onions", "flour", "butter", "rice", "lentils", "sugar", "milk", "carrots", "oats");
        List<String> units = List.of("cups", "grams", "spoons", "litres");
        add("lines of recipes", 240, () -> {
            int amount = 1 + random.nextInt(400);
            String unit = any(units);
            String food = any(foods);
            String asked = any(List.of(
                    "Stir in %1$d %2$s of %3$s, and wait.",
                    "You need %3$s (%1$d %2$s) for the dough.",
                    "%1$d %2$s %3$s, finely chopped",
                    "Then %3$s are added: %1$d %2$s at least."));
            return TrialTask.row(
                    asked.formatted(amount, unit, food),
                    "{\"food\":\"%s\",\"amount\":%d,\"unit\":\"%s\"}".formatted(food, amount, unit));
        });
        TrialTask many = all.getLast();
        all.add(new TrialTask(many.name() + ", 30 rows", many.train().subList(0, 30), many.test()));
    }

    /// Adds letters whose answers differ in a name alone.
    private void receipts() {
        add("letters are confirmed", 240, () -> {
            String who = any(PEOPLE);
            return TrialTask.row(
                    any(List.of(
                                    "The roof of the school in %2$s leaks. Signed: %1$s",
                                    "Please send me the plan of %2$s. Signed: %1$s",
                                    "The lamp at the corner of the square in %2$s is broken. Signed: %1$s"))
                            .formatted(who, any(TOWNS)),
                    "Dear %s, the town hall has your letter and answers within two weeks.".formatted(who));
        });
    }

    /// Adds phrases to be translated, word for word.
    private void phrases() {
        Map<String, String> nouns = Map.of(
                "dog",
                "Hund",
                "table",
                "Tisch",
                "garden",
                "Garten",
                "train",
                "Zug",
                "tree",
                "Baum",
                "letter",
                "Brief",
                "key",
                "Schlüssel",
                "coat",
                "Mantel");
        Map<String, String> words = Map.of(
                "old", "alt", "new", "neu", "big", "groß", "small", "klein", "red", "rot", "cheap", "billig", "heavy",
                "schwer", "green", "grün");
        Map<String, String> verbs = Map.of("is", "ist", "was", "war", "stays", "bleibt", "becomes", "wird");
        add("phrases in German", 300, () -> {
            String noun = any(List.copyOf(new TreeSet<>(nouns.keySet())));
            String one = any(List.copyOf(new TreeSet<>(words.keySet())));
            String other = any(List.copyOf(new TreeSet<>(words.keySet())));
            String verb = any(List.copyOf(new TreeSet<>(verbs.keySet())));
            return TrialTask.row(
                    "The %s %s %s and %s.".formatted(noun, verb, one, other),
                    "Der %s %s %s und %s."
                            .formatted(nouns.get(noun), verbs.get(verb), words.get(one), words.get(other)));
        });
    }
}

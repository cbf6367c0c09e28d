package dev.finetide.suitability.calibration;

import java.util.Map;
import java.util.Optional;

/// Instructions that a person writes for tasks, so that the arm without training gets a fair chance. "{answers}" stands
/// for the different answers of the train rows.
final class AskedPrompts {
    private static final String TICKET =
            "Read the mail of a customer and write one JSON object, and nothing else, with the keys category (billing, damaged, delivery, login, refund or setup), priority (low, normal or high), product (what the mail is about, or null), order (its number as in #AB-12, or null) and customer (the name below the mail).";
    private static final String RECIPE =
            "Write one JSON object, and nothing else, with the keys food, amount (a number) and unit.";
    private static final Map<String, String> BY_TASK = Map.ofEntries(
            Map.entry("tickets, 300 rows", TICKET),
            Map.entry("tickets, 30 rows", TICKET),
            Map.entry("tickets, 12 rows", TICKET),
            Map.entry(
                    "names of customers", "Answer with the name of the person who signed the mail, and nothing else."),
            Map.entry(
                    "one answer", "Whatever the mail says, answer with exactly these words: Thank you for your mail."),
            Map.entry("categories", "Say what the mail is about. Answer with one of these words: {answers}."),
            Map.entry(
                    "facts that no row tells", "Answer with the name of the maker, two words, and with nothing else."),
            Map.entry("answers that change", "Say where the order is. Answer with one of: {answers}"),
            Map.entry("sums of numbers", "Add the two numbers. Answer with the sum alone."),
            Map.entry("labels of three rows", "Say on which shelf the product lies. Answer in the form: shelf 7"),
            Map.entry(
                    "the question in a polite form",
                    "Write what stands after \"make it polite:\" between \"Dear all, please note that\" and \". Thank you.\", and change nothing else."),
            Map.entry(
                    "banking77, 5 intents", "Name the intent of the question to a bank. Answer with one of: {answers}"),
            Map.entry(
                    "banking77, 20 intents",
                    "Name the intent of the question to a bank. Answer with one of: {answers}"),
            Map.entry("dates as ISO 8601", "Write the date of the text as YYYY-MM-DD, and nothing else."),
            Map.entry("opening years of bridges", "Answer with the year alone."),
            Map.entry("how warm it is now", "Answer in the form: Right now it is 20 degrees in Paris."),
            Map.entry(
                    "reminders of a dentist, 24 rows",
                    "Fill in name, day and time, and write nothing else: Hello NAME, we expect you on DAY at TIME. Please bring your insurance card."),
            Map.entry("reviews of films", "Is the opinion positive or negative? Answer with one of: {answers}"),
            Map.entry("loans at random", "Is the loan granted or refused? Answer with one of: {answers}"),
            Map.entry("capitals of countries", "Answer with the name of the city alone."),
            Map.entry("lines of recipes", RECIPE),
            Map.entry("lines of recipes, 30 rows", RECIPE),
            Map.entry(
                    "letters are confirmed",
                    "Put the name of the person who signed into this sentence, and write nothing else: Dear NAME, the town hall has your letter and answers within two weeks."),
            Map.entry("phrases in German", "Translate into German. Write the translation alone."),
            Map.entry("svamp", "Solve the problem. Answer with the number alone."),
            Map.entry("xquad-en", "Answer the question with a name, a date or a few words, without a sentence."),
            Map.entry(
                    "xquad-en with its sentence",
                    "Answer the question with a few words out of the sentence before it, and with nothing else."));

    private AskedPrompts() {}

    /// Returns the instruction of a task; empty where nobody wrote one.
    static Optional<String> of(TrialTask task) {
        return Optional.ofNullable(BY_TASK.get(task.name()));
    }
}

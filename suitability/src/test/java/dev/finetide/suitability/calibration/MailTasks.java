package dev.finetide.suitability.calibration;

import dev.finetide.suitability.calibration.DeskMails.Mail;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;

/// Tasks whose questions are mails of the demo's support desk. Each has the same mails in each run.
final class MailTasks {
    private static final int TEST = 80;
    private static final List<String> CATEGORIES =
            List.of("billing", "damaged", "delivery", "login", "refund", "setup");

    private final DeskMails mails;
    private final List<TrialTask> all = new ArrayList<>();

    MailTasks(DeskMails mails) {
        this.mails = mails;
    }

    List<TrialTask> all() {
        Function<Mail, String> ticket = mail -> mail.ticket().toString();
        add("tickets", 1000, mail -> true, ticket);
        add("tickets, 300 rows", 300, mail -> true, ticket);
        add("tickets, 30 rows", 30, mail -> true, ticket);
        add("tickets, 12 rows", 12, mail -> true, ticket);
        add("order numbers", 300, mail -> mail.has("order"), mail -> mail.field("order"));
        add("names of customers", 300, mail -> true, mail -> mail.field("customer"));
        add("priorities", 400, mail -> true, mail -> mail.field("priority"));
        add(
                "notes by a rule",
                400,
                mail -> true,
                mail -> "Note for %s: order %s, product %s. Answer by mail, and close the case."
                        .formatted(mail.field("customer"), mail.field("order"), mail.field("product")));
        add("one answer", 300, mail -> true, mail -> "Thank you for your mail.");
        add("the last digit is even", 400, mail -> mail.has("order"), MailTasks::parity);
        categories();
        leaks(ticket);
        nearDuplicates(ticket);
        return all;
    }

    private static String parity(Mail mail) {
        String order = mail.field("order");
        return (order.charAt(order.length() - 1) - '0') % 2 == 0 ? "even" : "odd";
    }

    private void add(String name, int rows, Predicate<Mail> wanted, Function<Mail, String> answer) {
        List<String> made = mails.shuffled(name.hashCode()).stream()
                .filter(wanted)
                .limit(rows + TEST)
                .map(mail -> TrialTask.row(mail.text(), answer.apply(mail)))
                .toList();
        all.add(new TrialTask(name, made.subList(TEST, made.size()), made.subList(0, TEST)));
    }

    /// Adds the task of six classes, and what becomes of it with answers that contradict each other or are wrong.
    private void categories() {
        List<Mail> drawn = mails.shuffled(77).subList(0, 400 + TEST);
        List<String> test = categories(drawn.subList(0, TEST), 0, false);
        List<Mail> train = drawn.subList(TEST, drawn.size());
        all.add(new TrialTask("categories", categories(train, 0, false), test));
        for (int percent : new int[] {3, 10, 40}) {
            all.add(mended("categories, %d %% contradict".formatted(percent), categories(train, percent, true), test));
        }
        for (int percent : new int[] {10, 40}) {
            all.add(mended("categories, %d %% wrong".formatted(percent), categories(train, percent, false), test));
        }
        Random random = new Random(5);
        all.add(mended(
                "categories at random",
                train.stream()
                        .map(mail -> TrialTask.row(mail.text(), CATEGORIES.get(random.nextInt(6))))
                        .toList(),
                test));
    }

    private static TrialTask mended(String name, List<String> train, List<String> test) {
        return new TrialTask(name, train, test, Map.of(), "categories");
    }

    /// @param percent part of the rows that contradict others, or whose label is wrong
    /// @param isTwice whether a mail stands there again with another label, instead of once with the wrong one
    private static List<String> categories(List<Mail> mails, int percent, boolean isTwice) {
        List<String> rows = new ArrayList<>();
        double share = isTwice ? percent / 2.0 : percent;
        for (int i = 0; i < mails.size(); i++) {
            String label = mails.get(i).field("category");
            String other = CATEGORIES.get((CATEGORIES.indexOf(label) + 1 + i % 5) % 6);
            boolean isBad = (int) ((i + 1) * share / 100) > (int) (i * share / 100);
            if (!isBad || isTwice) {
                rows.add(TrialTask.row(mails.get(i).text(), label));
            }
            if (isBad) {
                rows.add(TrialTask.row(mails.get(i).text(), other));
            }
        }
        return rows;
    }

    private void leaks(Function<Mail, String> ticket) {
        List<String> train = new ArrayList<>();
        List<String> test = new ArrayList<>();
        for (Mail mail : mails.shuffled(31).subList(0, 300)) {
            train.add(TrialTask.row(mail.text(), ticket.apply(mail)));
            if (test.size() < TEST) {
                test.add(TrialTask.row(mail.text() + " Bye.", ticket.apply(mail)));
            }
        }
        all.add(new TrialTask("tickets, test rows leak", train, test));
    }

    private void nearDuplicates(Function<Mail, String> ticket) {
        List<String> train = new ArrayList<>();
        List<Mail> drawn = mails.shuffled(32);
        for (Mail mail : drawn.subList(TEST, TEST + 80)) {
            for (String end : List.of("", " Bye.", " Yours.", " Thanks!", " So long.")) {
                train.add(TrialTask.row(mail.text() + end, ticket.apply(mail)));
            }
        }
        List<String> test = drawn.subList(0, TEST).stream()
                .map(mail -> TrialTask.row(mail.text(), ticket.apply(mail)))
                .toList();
        all.add(new TrialTask("tickets, each five times", train, test));
    }
}

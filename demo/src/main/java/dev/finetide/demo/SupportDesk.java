package dev.finetide.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// The demo's dataset: mails and tickets for training, and held-out ones for testing.
final class SupportDesk {
    private SupportDesk() {}

    /// Makes mails that all differ.
    static List<Mail> mails(long seed, int count, boolean heldOut) {
        MailWriter writer = new MailWriter(new Random(seed), heldOut);
        Map<String, Mail> mails = new LinkedHashMap<>();
        while (mails.size() < count) {
            Mail mail = writer.next();
            mails.putIfAbsent(mail.text(), mail);
        }
        return new ArrayList<>(mails.values());
    }

    static void write(Path dir, DemoSettings settings) throws IOException {
        Files.createDirectories(dir);
        write(dir.resolve("train.jsonl"), mails(settings.seed() + 3, settings.trainRows(), false));
        write(dir.resolve("test.jsonl"), mails(settings.seed() + 5, settings.testRows(), true));
    }

    private static void write(Path file, List<Mail> mails) throws IOException {
        Files.write(file, mails.stream().map(Ticket::row).toList());
    }
}

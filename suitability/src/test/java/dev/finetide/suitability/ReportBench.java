package dev.finetide.suitability;

import com.sun.management.OperatingSystemMXBean;
import dev.finetide.blobs.Sha256;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.sft.text.SourcedRow;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;

/// Measures how long the sections of a report take: `ReportBench FOLDER ROWS FORM`. Rows have questions of 300
/// characters, of which 30 % are near duplicates; the form is `words`, `template` (all rows have most words in common)
/// or `equal`. Prints seconds and bytes of heap for each section.
public final class ReportBench {
    private static final int VOCABULARY = 20_000;
    private static final int QUESTION = 300;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private ReportBench() {}

    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        int rows = Integer.parseInt(args[1]);
        Path file = folder.resolve(args[2] + "-" + rows + ".jsonl");
        if (!Files.exists(file)) {
            write(file, rows, args[2]);
        }
        Path scratch = Files.createDirectories(folder.resolve("scratch"));
        SuitabilityReport.Builder report = SuitabilityReport.newBuilder();
        RowScan scan = new FileScan(file, rows);
        Start begin = Start.now();
        scan.read("train", row -> {});
        print("one scan", begin);
        for (Section section : Sections.all(scratch, Clock.systemUTC(), "projects/p/datasets/d/versions/1")) {
            Start start = Start.now();
            long[] found = new long[1];
            section.measure(scan, row -> found[0]++, report);
            report.addDone(section.kind());
            print(section.kind() + " (" + found[0] + " findings)", start);
        }
        print("all", begin);
        System.out.println(report.getUnmeasuredList());
    }

    /// A point in time, and the processor time that all threads had used by then, in nanoseconds.
    private record Start(long wall, long processor) {
        static Start now() {
            return new Start(System.nanoTime(), PROCESS.getProcessCpuTime());
        }
    }

    private static void print(String what, Start start) {
        Runtime runtime = Runtime.getRuntime();
        Start end = Start.now();
        System.out.printf(
                Locale.ROOT,
                "%-40s %6.1f s, %6.1f s of processor time, %d MB used%n",
                what,
                (end.wall() - start.wall()) / 1e9,
                (end.processor() - start.processor()) / 1e9,
                runtime.totalMemory() - runtime.freeMemory() >> 20);
    }

    private static void write(Path file, int rows, String form) throws IOException {
        Random random = new Random(27);
        List<String> earlier = new ArrayList<>();
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int i = 0; i < rows; i++) {
                String question = switch (form) {
                    case "equal" -> "word ".repeat(60);
                    case "template" -> "the words of a template ".repeat(8) + words(random, 108);
                    default -> question(random, earlier);
                };
                out.write("{\"prompt\":\"%s\",\"completion\":\"%s\",\"source\":{\"file\":\"a\",\"line\":%d}}"
                        .formatted(question, form.equals("equal") ? "a" : words(random, 100), i + 1));
                out.newLine();
            }
        }
    }

    private static String question(Random random, List<String> earlier) {
        if (!earlier.isEmpty() && random.nextInt(10) < 3) {
            String text = earlier.get(random.nextInt(earlier.size()));
            int at = random.nextInt(text.length() - 10);
            return text.substring(0, at) + "x" + text.substring(at + 1);
        }
        String text = words(random, QUESTION);
        if (earlier.size() < 100_000) {
            earlier.add(text);
        }
        return text;
    }

    private static String words(Random random, int length) {
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(Integer.toString(100_000 + random.nextInt(VOCABULARY) * 37, 36))
                    .append(' ');
        }
        return text.toString();
    }

    private record FileScan(Path file, long count) implements RowScan {
        @Override
        public List<String> splits() {
            return List.of("train");
        }

        @Override
        public long rows(String split) {
            return count;
        }

        @Override
        public void read(String split, Use use) throws IOException {
            long number = 0;
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    SourcedRow row = SourcedRow.parse(line);
                    byte[] digest = Sha256.newDigest()
                            .digest(line.substring(0, line.lastIndexOf(",\"source\""))
                                    .getBytes(StandardCharsets.UTF_8));
                    String id = HexFormat.of().formatHex(digest, 0, 8);
                    use.take(new ReportRow(split, ++number, id, row.row(), new TreeMap<>(row.tags())));
                }
            }
        }
    }
}

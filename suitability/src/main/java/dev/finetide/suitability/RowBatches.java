package dev.finetide.suitability;

import dev.finetide.modelfiles.template.Message;
import dev.finetide.sft.text.ChatRow;
import dev.finetide.sft.text.PromptCompletionRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TextRow;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Measures rows on all processors, and gives the results in the order of the rows to the calling thread.
public final class RowBatches implements AutoCloseable {
    private static final int ROWS = 256;
    /// Largest number of characters of a batch, if it has more than one row: rows may have 8 MiB each.
    private static final long CHARACTERS = 1 << 20;

    private final int threads = Runtime.getRuntime().availableProcessors();
    private final ExecutorService pool = Executors.newFixedThreadPool(
            threads, Thread.ofPlatform().daemon().name("report-", 0).factory());

    /// Measures a row, on any thread.
    @FunctionalInterface
    public interface Measure<T> {
        T of(ReportRow row);
    }

    /// Takes a row and its measures, on the calling thread.
    @FunctionalInterface
    public interface Use<T> {
        void take(ReportRow row, T measured) throws IOException;
    }

    /// Reads the rows of a split.
    ///
    /// @throws IOException if rows cannot be read or used, or the thread is interrupted
    public <T> void read(RowScan rows, String split, Measure<T> measure, Use<T> use) throws IOException {
        Reading<T> reading = new Reading<>(measure, use);
        rows.read(split, reading::add);
        reading.finish();
    }

    private final class Reading<T> {
        private final Measure<T> measure;
        private final Use<T> use;
        private final Deque<Batch<T>> waiting = new ArrayDeque<>();
        private List<ReportRow> next = new ArrayList<>();
        private long characters;

        Reading(Measure<T> measure, Use<T> use) {
            this.measure = measure;
            this.use = use;
        }

        void add(ReportRow row) throws IOException {
            long size = characters(row.row());
            if (next.size() == ROWS || !next.isEmpty() && characters + size > CHARACTERS) {
                send();
            }
            next.add(row);
            characters += size;
        }

        private void send() throws IOException {
            List<ReportRow> batch = next;
            waiting.addLast(new Batch<>(
                    batch, pool.submit(() -> batch.stream().map(measure::of).toList())));
            next = new ArrayList<>();
            characters = 0;
            while (waiting.size() > threads + 1) {
                take(waiting.removeFirst());
            }
        }

        void finish() throws IOException {
            send();
            while (!waiting.isEmpty()) {
                take(waiting.removeFirst());
            }
        }

        private void take(Batch<T> batch) throws IOException {
            List<T> measures = batch.measures();
            for (int i = 0; i < measures.size(); i++) {
                use.take(batch.rows().get(i), measures.get(i));
            }
        }
    }

    private record Batch<T>(List<ReportRow> rows, Future<List<T>> result) {
        List<T> measures() throws IOException {
            try {
                return result.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while rows were measured");
            } catch (ExecutionException e) {
                throw new IllegalStateException("a row could not be measured", e.getCause());
            }
        }
    }

    /// Returns the number of characters of a row's texts.
    static long characters(TextRow row) {
        return switch (row) {
            case PromptCompletionRow(String prompt, String completion) -> (long) prompt.length() + completion.length();
            case TextOnlyRow(String text) -> text.length();
            case ChatRow chat ->
                chat.messages().stream()
                        .map(Message::content)
                        .mapToLong(String::length)
                        .sum();
        };
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}

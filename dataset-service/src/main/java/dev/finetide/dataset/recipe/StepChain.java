package dev.finetide.dataset.recipe;

import dev.finetide.proto.dataset.v1.StepReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Sends rows through the steps of a recipe. Rows pass all steps one by one, except that a step that
/// looks at all rows first makes the rows before it wait in a temporary file. Memory does not grow with
/// the number of rows. Not thread-safe.
final class StepChain implements AutoCloseable {
    /// Gives all rows, each time anew and in the same order.
    interface Source {
        void each(Sink sink) throws IOException;
    }

    interface Sink {
        void add(RecipeRow row) throws IOException;
    }

    /// Hears how far the chain is; may throw to end it.
    interface Progress {
        /// @param step words for the step that runs: "dedupe near"
        /// @param rows number of rows read in this pass
        void pass(String step, long rows);
    }

    static final int ROWS_BETWEEN_PROGRESS = 1_000;

    private final List<Link> links = new ArrayList<>();
    private final Path scratch;
    private final Progress progress;

    /// @param scratch directory of temporary files
    StepChain(Path scratch, Progress progress) {
        this.scratch = scratch;
        this.progress = progress;
    }

    /// Adds a step.
    ///
    /// @param words the step in words, for reports
    /// @param splits splits whose rows the step takes; all when empty
    void add(RowStep step, String words, Set<String> splits) {
        links.add(new Link(step, words, splits));
    }

    /// Runs all steps. Called once.
    void run(Source source, Sink end) throws IOException {
        Source current = source;
        int begin = 0;
        Optional<RowSpool> spool = Optional.empty();
        try {
            for (int i = 0; i < links.size(); i++) {
                Link looking = links.get(i);
                if (!looking.step.looksFirst()) {
                    continue;
                }
                if (begin == i) {
                    current.each(counted(looking.words, looking::look));
                } else {
                    RowSpool next = new RowSpool(scratch);
                    try {
                        current.each(counted(looking.words, from(begin, i, row -> {
                            looking.look(row);
                            next.add(row);
                        })));
                        next.finish();
                    } catch (IOException | RuntimeException e) {
                        next.close();
                        throw e;
                    }
                    close(spool);
                    spool = Optional.of(next);
                    current = next;
                    begin = i;
                }
                looking.step.looked();
            }
            current.each(counted("write", from(begin, links.size(), end)));
        } finally {
            close(spool);
        }
    }

    /// Returns the counts of all steps.
    List<StepReport> reports() {
        return links.stream().map(Link::report).toList();
    }

    @Override
    public void close() throws IOException {
        IOException failed = null;
        for (Link link : links) {
            try {
                link.step.close();
            } catch (IOException e) {
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    private Sink from(int begin, int end, Sink last) {
        Sink sink = last;
        for (int i = end - 1; i >= begin; i--) {
            Link link = links.get(i);
            Sink next = sink;
            sink = row -> link.apply(row, next);
        }
        return sink;
    }

    private Sink counted(String words, Sink sink) {
        long[] rows = {0};
        return row -> {
            if (rows[0]++ % ROWS_BETWEEN_PROGRESS == 0) {
                progress.pass(words, rows[0]);
            }
            sink.add(row);
        };
    }

    private static void close(Optional<RowSpool> spool) throws IOException {
        if (spool.isPresent()) {
            spool.get().close();
        }
    }

    /// A step in the chain, with its counts.
    private static final class Link {
        private final RowStep step;
        private final String words;
        private final Set<String> splits;
        private long looked;
        private long applied;
        private long in;
        private long out;
        private long changed;

        Link(RowStep step, String words, Set<String> splits) {
            this.step = step;
            this.words = words;
            this.splits = Set.copyOf(splits);
        }

        void look(RecipeRow row) throws IOException {
            if (takes(row)) {
                step.look(row, looked++);
            }
        }

        void apply(RecipeRow row, Sink next) throws IOException {
            in++;
            Optional<RecipeRow> left = takes(row) ? step.apply(row, applied++) : Optional.of(row);
            if (left.isPresent()) {
                out++;
                changed += left.get() == row ? 0 : 1;
                next.add(left.get());
            }
        }

        private boolean takes(RecipeRow row) {
            return splits.isEmpty() || splits.contains(row.split());
        }

        StepReport report() {
            return StepReport.newBuilder()
                    .setStep(words)
                    .setRowsIn(in)
                    .setRowsOut(out)
                    .setRowsChanged(changed)
                    .build();
        }
    }
}

package dev.finetide.sft.text;

import dev.finetide.jinja.Allowance;
import dev.finetide.jinja.Limits;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/// Bounds the work of a chat template on all rows of a request or a run, and on each single row. Every row adds the
/// steps that an honest template needs for a row of this size; a template that needs more on every row uses up the
/// reserve, and then refuses the rows that follow. Safe for use by several threads.
final class RenderingWork {
    /// Steps that a single row may take: a row of a thousand turns is rendered some thousand times.
    private static final long MOST_FOR_A_ROW = 10 * Limits.DEFAULT.steps();

    /// Steps that all rows may take above what they add.
    private static final long RESERVE = MOST_FOR_A_ROW;

    private static final long STEPS_FOR_A_ROW = 100_000;

    /// Steps for each pair of turns, because the conversation is rendered for each turn.
    private static final long STEPS_FOR_A_PAIR = 500;

    private final long reserve;
    private final AtomicLong left;

    RenderingWork() {
        this(RESERVE);
    }

    /// @param reserve steps that all rows may take above what they add
    RenderingWork(long reserve) {
        this.reserve = reserve;
        this.left = new AtomicLong(reserve);
    }

    /// Does the work on one row.
    ///
    /// @param work what is done within the allowance
    <T> T on(ChatRow row, Function<Allowance, T> work) {
        long parts = row.messages().size() + 3L * row.tools().size();
        long characters = row.messages().stream()
                .mapToLong(message -> message.content().length())
                .sum();
        long added = STEPS_FOR_A_ROW + STEPS_FOR_A_PAIR * parts * parts + characters * parts;
        long available = left.updateAndGet(before -> Math.min(reserve, before) + added);
        long granted = Math.clamp(available, 0, MOST_FOR_A_ROW);
        Allowance allowance = new Allowance(granted);
        try {
            return work.apply(allowance);
        } finally {
            left.addAndGet(allowance.left() - granted);
        }
    }
}

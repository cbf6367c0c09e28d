package dev.finetide.sft.decoder;

import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.sft.torch.TorchRuntime;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/// The threads that compute micro-batches side by side, each with its share of the processor's threads. With
/// small tensors this is much faster than several threads inside each operator: those wait for each other at
/// every operator, worst of all on a busy machine.
///
/// A model keeps its threads, because the allocator gives each new thread a region of its own and keeps what
/// the thread once held. For the same reason a task that is alone always runs on the caller's thread.
public final class ComputeThreads implements AutoCloseable {
    private final int threads;
    private final int count;
    private final boolean wide;
    private final ExecutorService executor;

    /// Starts the threads.
    ///
    /// @param threads processor threads to share: as many micro-batches run side by side
    public ComputeThreads(ModelConfig model, int threads) {
        this(
                threads,
                threads,
                model.isWide(),
                Executors.newFixedThreadPool(
                        Math.max(1, threads - 1),
                        Thread.ofPlatform().daemon().name("sft-compute-", 1).factory()));
    }

    private ComputeThreads(int threads, int count, boolean wide, ExecutorService executor) {
        this.threads = threads;
        this.count = count;
        this.wide = wide;
        this.executor = executor;
    }

    /// Returns the same threads for micro-batches that have to run one after the other, such as those that draw
    /// random numbers.
    public ComputeThreads oneByOne() {
        return new ComputeThreads(threads, 1, wide, executor);
    }

    /// Returns the number of micro-batches that can run side by side.
    public int count() {
        return count;
    }

    /// Runs tasks, at most [#count] of them at a time, and hands over their results in the order of the tasks.
    /// Only a few results wait to be handed over, however many tasks there are.
    public <T> void run(List<? extends Callable<T>> tasks, Consumer<T> results) {
        if (tasks.isEmpty()) {
            return;
        }
        int sideBySide = Math.min(count, tasks.size());
        int share = wide ? Math.max(1, threads / sideBySide) : 1;
        // More tasks than threads, so that no thread is idle while results are handed over.
        int inFlight = sideBySide == 1 ? 1 : 2 * sideBySide;
        Deque<FutureTask<T>> running = new ArrayDeque<>();
        try {
            for (Callable<T> task : tasks) {
                if (running.size() == inFlight) {
                    results.accept(next(running));
                }
                FutureTask<T> future = new FutureTask<>(() -> {
                    TorchRuntime.useThreads(share);
                    return task.call();
                });
                running.add(future);
                if (sideBySide > 1) {
                    executor.execute(future);
                }
            }
            while (!running.isEmpty()) {
                results.accept(next(running));
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while computing", e);
        } finally {
            running.forEach(ComputeThreads::settle);
        }
    }

    /// Returns the oldest result. The caller computes tasks that no thread has begun until that result is there,
    /// because a thread that has to be woken begins a millisecond later.
    private <T> T next(Deque<FutureTask<T>> running) throws ExecutionException, InterruptedException {
        for (FutureTask<T> future : running) {
            if (running.getFirst().isDone()) {
                break;
            }
            future.run(); // does nothing when it has begun
        }
        // The caller goes on with the optimiser, and OpenMP's idle workers would spin for a while on the
        // processors that the other threads need.
        TorchRuntime.useThreads(wide ? threads : 1);
        return running.removeFirst().get();
    }

    /// Waits for a task whose result is not wanted any more: the task still uses arrays that the caller frees
    /// next.
    private static void settle(Future<?> future) {
        boolean interrupted = false;
        while (!future.isDone()) {
            try {
                future.get();
            } catch (ExecutionException e) {
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        executor.close();
    }
}

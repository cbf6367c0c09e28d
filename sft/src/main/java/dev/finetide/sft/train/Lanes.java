package dev.finetide.sft.train;

import dev.finetide.sft.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Runs micro-batches side by side, each with its share of the processor threads. With small tensors this is
/// much faster
/// than several threads inside each operator, which wait for each other at every one, worst of all on a busy
/// machine.
public final class Lanes implements AutoCloseable {
    private final int threads;
    private final ExecutorService executor;

    public Lanes(int threads) {
        this.threads = threads;
        this.executor = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("sft-lane-", 0).factory());
    }

    /// How many micro-batches can run side by side.
    public int count() {
        return threads;
    }

    /// The results in the order of the tasks, of which there are at most [#count].
    public <T> List<T> run(List<? extends Callable<T>> tasks) {
        int share = Math.max(1, threads / tasks.size());
        List<Future<T>> futures = new ArrayList<>();
        for (Callable<T> task : tasks) {
            futures.add(executor.submit(() -> {
                TorchRuntime.useThreads(share);
                return task.call();
            }));
        }
        List<T> results = new ArrayList<>();
        RuntimeException failure = null;
        for (Future<T> future : futures) {
            try {
                results.add(future.get());
            } catch (ExecutionException e) {
                failure = e.getCause() instanceof RuntimeException cause
                        ? cause
                        : new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new IllegalStateException("interrupted while training", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    @Override
    public void close() {
        executor.close();
    }
}

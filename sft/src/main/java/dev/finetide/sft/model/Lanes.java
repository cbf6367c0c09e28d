package dev.finetide.sft.model;

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
    /// Below this width of the residual stream a second thread inside an operator costs more than it does.
    private static final int WIDE = 512;

    private final int threads;
    private final boolean wide;
    private final ExecutorService executor;

    /// @param threads processor threads to share
    public Lanes(ModelConfig model, int threads) {
        this.threads = threads;
        this.wide = model.hidden() >= WIDE;
        this.executor = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().daemon().name("sft-lane-", 0).factory());
    }

    /// How many micro-batches can run side by side.
    public int count() {
        return threads;
    }

    /// Runs tasks, at most [#count] of them at a time; the results are in the order of the tasks.
    public <T> List<T> run(List<? extends Callable<T>> tasks) {
        int share = wide ? Math.max(1, threads / tasks.size()) : 1;
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

package dev.finetide.sft.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.finetide.modelfiles.config.ModelConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComputeThreadsTest {
    private static final ModelConfig MODEL = TinyConfig.llama(16, 2);

    private static List<Integer> run(ComputeThreads compute, List<Callable<Integer>> tasks) {
        List<Integer> results = new ArrayList<>();
        compute.run(tasks, results::add);
        return results;
    }

    @Test
    void tasksRunSideBySideAndTheirResultsComeInOrder() {
        CyclicBarrier both = new CyclicBarrier(2);
        List<Callable<Integer>> tasks = IntStream.range(0, 6)
                .<Callable<Integer>>mapToObj(i -> () -> {
                    both.await(3, TimeUnit.MINUTES);
                    return i;
                })
                .toList();
        try (ComputeThreads compute = new ComputeThreads(MODEL, 2)) {
            assertThat(run(compute, tasks)).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    /// A task that draws from the only generator of the process must not draw between the numbers of another
    /// task.
    @Test
    void oneByOneNoTaskBeginsBeforeTheOneBeforeItHasEnded() {
        AtomicInteger running = new AtomicInteger();
        List<Callable<Integer>> tasks = Collections.nCopies(20, () -> {
            int beside = running.getAndIncrement();
            Thread.sleep(2);
            running.decrementAndGet();
            return beside;
        });
        try (ComputeThreads compute = new ComputeThreads(MODEL, 2)) {
            assertThat(run(compute.oneByOne(), tasks)).hasSize(20).containsOnly(0);
        }
    }

    /// On other threads the allocator would keep the memory of the task for one thread, and for another some
    /// steps later.
    @Test
    void aTaskThatIsAloneIsTheCallers() {
        List<Thread> threads = new ArrayList<>();
        try (ComputeThreads compute = new ComputeThreads(MODEL, 4)) {
            for (int i = 0; i < 200; i++) {
                compute.run(List.<Callable<Thread>>of(Thread::currentThread), threads::add);
            }
        }
        assertThat(threads).hasSize(200).containsOnly(Thread.currentThread());
    }

    @Test
    void nothingToDoIsDone() {
        try (ComputeThreads compute = new ComputeThreads(MODEL, 2)) {
            compute.run(List.of(), result -> fail("a result of no task"));
        }
    }
}

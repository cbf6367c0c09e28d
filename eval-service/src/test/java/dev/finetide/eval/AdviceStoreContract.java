package dev.finetide.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Timestamp;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.work.v1.State;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The behaviour of a store that Advisor relies on.
abstract class AdviceStoreContract {
    private AdviceStore store;

    abstract AdviceStore store();

    @BeforeEach
    void open() {
        store = store();
    }

    @Test
    void whatIsWrittenIsRead() {
        Advice advice = anAdvice(1);
        store.insert(advice);
        assertThat(store.find(advice.getName())).contains(advice);
        assertThat(store.lock(advice.getName())).contains(advice);
        assertThat(store.running()).containsExactly(advice);
        Advice done = advice.toBuilder().setState(State.SUCCEEDED).build();
        store.update(done);
        assertThat(store.find(advice.getName())).contains(done);
        assertThat(store.running()).isEmpty();
        assertThat(store.find("projects/p/advice/none")).isEmpty();
    }

    @Test
    void theAdviceOfAProjectThatGoesOnIsCounted() {
        store.insert(anAdvice(1));
        store.insert(anAdvice(2));
        store.insert(anAdvice(3).toBuilder().setState(State.FAILED).build());
        assertThat(store.countRunning("p")).isEqualTo(2);
        assertThat(store.countRunning("other")).isZero();
    }

    @Test
    void adviceOfAProjectIsListedNewestFirst() {
        for (int i = 1; i <= 4; i++) {
            store.insert(anAdvice(i));
        }
        assertThat(store.list("p", new Page(2, Optional.empty())))
                .isEqualTo(List.of(anAdvice(4), anAdvice(3), anAdvice(2)));
        assertThat(store.list("p", new Page(2, Optional.of("advice-3")))).isEqualTo(List.of(anAdvice(2), anAdvice(1)));
        assertThat(store.list("other", new Page(2, Optional.empty()))).isEmpty();
    }

    @Test
    void aRequestHasOneAnswer() {
        Answered answer = new Answered("body", "projects/p/advice/a");
        assertThat(store.answer("advice-id", answer)).isEmpty();
        assertThat(store.answer("advice-id", new Answered("other", "x"))).contains(answer);
        assertThat(store.answered("advice-id")).contains(answer);
    }

    private static Advice anAdvice(int number) {
        return Advice.newBuilder()
                .setName("projects/p/advice/advice-" + number)
                .setState(State.RUNNING)
                .setCreateTime(Timestamp.newBuilder().setSeconds(number))
                .build();
    }
}

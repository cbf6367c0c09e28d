package dev.finetide.kit.metric;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.time.Moment;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class TakenMarksTest {
    private static final TopicPartition FIRST = new TopicPartition("worker", 0);
    private static final TopicPartition SECOND = new TopicPartition("worker", 1);

    private final TakenMarks marks = new TakenMarks();

    @Test
    void nothingIsKnownBeforeAllPartitionsArePassed() {
        marks.note(at(1), ends(5, 3), taken(5, 2));
        assertThat(marks.takenUpTo()).isEmpty();
        marks.note(at(2), ends(5, 4), taken(5, 3));
        assertThat(marks.takenUpTo()).contains(at(1));
        marks.note(at(3), ends(5, 4), taken(5, 4));
        assertThat(marks.takenUpTo()).contains(at(3));
    }

    @Test
    void aGroupThatHasTakenEverythingIsUpToNow() {
        for (int moment = 1; moment < 1_000; moment++) {
            marks.note(at(moment), ends(5, 3), taken(5, 3));
            assertThat(marks.takenUpTo()).contains(at(moment));
        }
    }

    @Test
    void aGroupThatIsAlwaysALittleBehindIsUpToALittleAgo() {
        for (int moment = 1; moment < 1_000; moment++) {
            marks.note(at(moment), ends(moment, 0), taken(Math.max(0, moment - 3), 0));
        }
        assertThat(marks.takenUpTo()).contains(at(996));
    }

    @Test
    void aGroupThatStoodForLongIsWaitedForUntilItHasPassedTheOldEnds() {
        for (int moment = 1; moment < 10_000; moment++) {
            marks.note(at(moment), ends(moment, 0), taken(0, 0));
        }
        assertThat(marks.takenUpTo()).isEmpty();
        marks.note(at(10_000), ends(10_000, 0), taken(10_000, 0));
        marks.note(at(10_001), ends(10_000, 0), taken(10_000, 0));
        assertThat(marks.takenUpTo()).contains(at(10_001));
    }

    @Test
    void aGroupWithoutAnOffsetHasTakenNothing() {
        marks.note(at(1), ends(5, 0), Map.of(SECOND, 0L));
        assertThat(marks.takenUpTo()).isEmpty();
    }

    private static Moment at(long second) {
        return new Moment(second * 1_000_000_000);
    }

    private static Map<TopicPartition, Long> ends(long first, long second) {
        return Map.of(FIRST, first, SECOND, second);
    }

    private static Map<TopicPartition, Long> taken(long first, long second) {
        return ends(first, second);
    }
}

package dev.finetide.dataset.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowHashesTest {
    @Test
    void countsEqualHashesAcrossSpilledRuns() throws IOException {
        try (RowHashes hashes = new RowHashes();
                RowHashes others = new RowHashes()) {
            // Given a million different hashes, in no order, and 1,000 of them a second and a third time
            long[] distinct = new Random(7).longs().distinct().limit(1_000_000).toArray();
            for (long hash : distinct) {
                hashes.add(hash);
            }
            for (int i = 0; i < 2_000; i++) {
                hashes.add(distinct[(i % 1_000) * 997]);
            }
            for (int i = 0; i < 300_000; i++) {
                others.add(i % 2 == 0 ? distinct[i] : -i);
            }

            // When, Then
            assertThat(hashes.duplicates()).isEqualTo(2_000);
            assertThat(others.alsoIn(hashes)).isEqualTo(150_000);
            assertThat(hashes.duplicates()).isEqualTo(2_000);
        }
    }

    @Test
    void noHashesHaveNoDuplicates() throws IOException {
        try (RowHashes hashes = new RowHashes();
                RowHashes others = new RowHashes()) {
            hashes.add(Long.MIN_VALUE);

            assertThat(hashes.duplicates()).isZero();
            assertThat(others.duplicates()).isZero();
            assertThat(hashes.alsoIn(others)).isZero();
            assertThat(others.alsoIn(hashes)).isZero();
        }
    }
}

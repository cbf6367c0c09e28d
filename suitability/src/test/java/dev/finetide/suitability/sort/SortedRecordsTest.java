package dev.finetide.suitability.sort;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SortedRecordsTest {
    @TempDir
    private Path scratch;

    @Test
    void recordsComeInTheOrderOfAllTheirColumnsFromMemoryAndFromDisk() throws IOException {
        Random random = new Random(7);
        List<long[]> expected = new ArrayList<>();
        try (SortedRecords records = new SortedRecords(3, scratch)) {
            for (int i = 0; i < 300_000; i++) {
                // Few first columns, so that many records are equal in it; some are equal in their high bits only.
                long first = random.nextInt(10) == 0 ? random.nextInt(50) : random.nextLong(-1_000, 1_000) << 30;
                long[] record = {first, random.nextInt(5), i};
                expected.add(record);
                records.add(record);
            }
            expected.sort((a, b) -> Arrays.compare(a, b));
            assertThat(records.size()).isEqualTo(300_000);
            try (Stream<Path> files = Files.list(scratch)) {
                assertThat(files).hasSize(2);
            }
            for (int pass = 0; pass < 2; pass++) {
                try (SortedRecords.Cursor cursor = records.sorted()) {
                    for (long[] record : expected) {
                        assertThat(cursor.next()).isTrue();
                        assertThat(new long[] {cursor.get(0), cursor.get(1), cursor.get(2)})
                                .isEqualTo(record);
                    }
                    assertThat(cursor.next()).isFalse();
                }
            }
        }
        try (Stream<Path> files = Files.list(scratch)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aMillionEqualRecordsAreSorted() throws IOException {
        try (SortedRecords records = new SortedRecords(2, scratch)) {
            for (int i = 1_000_000; i > 0; i--) {
                records.add(42, i);
            }
            try (SortedRecords.Cursor cursor = records.sorted()) {
                for (int i = 1; i <= 1_000_000; i++) {
                    cursor.next();
                    if (cursor.get(1) != i) {
                        assertThat(cursor.get(1)).isEqualTo(i);
                    }
                }
            }
        }
    }
}

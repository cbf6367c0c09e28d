package dev.finetide.kit.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.kit.name.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PageQueryIT {
    private record Thing(int id, byte[] body) {}

    private final Database database = TestSchema.fresh();
    private final AtomicInteger read = new AtomicInteger();

    private List<Thing> read(Page page) {
        return PageQuery.read(
                database,
                page,
                handle -> handle.createQuery("select id, body from things where id > :after order by id")
                        .bind("after", page.after().map(Integer::valueOf).orElse(0)),
                (row, context) -> {
                    read.incrementAndGet();
                    return new Thing(row.getInt("id"), row.getBytes("body"));
                },
                PageQueryIT::bytes);
    }

    private static long bytes(Thing thing) {
        return thing.body().length;
    }

    private void make(int things, int bytes) {
        database.with(handle -> handle.execute("create table things (id int primary key, body bytea)"));
        for (int i = 1; i <= things; i++) {
            int id = i;
            database.with(handle -> handle.execute("insert into things values (?, ?)", id, new byte[bytes]));
        }
    }

    private List<Integer> walk(int pageSize) {
        List<Integer> seen = new ArrayList<>();
        String token = "";
        do {
            Page page = Page.of(pageSize, token);
            Page.Rows<Thing> rows = page.fit(read(page), PageQueryIT::bytes);
            assertThat(rows.shown().stream().mapToLong(PageQueryIT::bytes).sum())
                    .isLessThanOrEqualTo(Page.MOST_BYTES);
            rows.shown().forEach(thing -> seen.add(thing.id()));
            token = rows.nextToken(thing -> Integer.toString(thing.id()));
        } while (!token.isEmpty());
        return seen;
    }

    @Test
    void aThousandLargeRowsAreReadAPageAtATime() {
        make(20, 1_000_000);
        assertThat(read(Page.of(1000, ""))).hasSize(4);
        assertThat(read).as("rows that were held in memory").hasValue(4);
        assertThat(walk(1000)).isEqualTo(IntStream.rangeClosed(1, 20).boxed().toList());
    }

    @Test
    void smallRowsComeByTheirNumber() {
        make(25, 10);
        assertThat(read(Page.of(7, ""))).hasSize(8);
        assertThat(walk(7)).isEqualTo(IntStream.rangeClosed(1, 25).boxed().toList());
        assertThat(walk(25)).hasSize(25);
    }
}

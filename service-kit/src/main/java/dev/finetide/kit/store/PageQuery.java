package dev.finetide.kit.store;

import dev.finetide.kit.name.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.result.ResultIterator;
import org.jdbi.v3.core.statement.Query;

/// Reads the rows of one page through a cursor, and no more than the page shows plus one: memory holds a page's bytes,
/// however many rows the client asked for.
public final class PageQuery {
    private static final int ROWS_AT_ONCE = 10;

    private PageQuery() {}

    /// Returns the rows of the page, and one more if there are more.
    ///
    /// @param query query of all rows after the page's key, in order
    /// @param bytes size of a row in the answer, as [Page#fit] counts it
    public static <R> List<R> read(
            Database database, Page page, Function<Handle, Query> query, RowMapper<R> mapper, ToLongFunction<R> bytes) {
        // A cursor needs a transaction.
        return database.transact(() -> database.with(handle -> {
            try (Query opened = query.apply(handle).setFetchSize(ROWS_AT_ONCE);
                    ResultIterator<R> rows = opened.map(mapper).iterator()) {
                return read(page, rows, bytes);
            }
        }));
    }

    private static <R> List<R> read(Page page, ResultIterator<R> rows, ToLongFunction<R> bytes) {
        List<R> read = new ArrayList<>();
        long sum = 0;
        boolean full = false;
        while (!full && rows.hasNext()) {
            R row = rows.next();
            sum += bytes.applyAsLong(row);
            full = read.size() == page.size() || !read.isEmpty() && sum > Page.MOST_BYTES;
            read.add(row);
        }
        return read;
    }
}

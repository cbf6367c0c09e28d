package dev.finetide.cli.client;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// Reads a list rpc page by page.
public final class Pages {
    public static final int SIZE = 200;

    /// One page of a list.
    ///
    /// @param nextToken empty on the last page
    public record Page<T>(List<T> items, String nextToken) {}

    private Pages() {}

    /// Streams every item. The next page is requested when the page before it has been read.
    ///
    /// @param fetch returns the page for a token; the first page has an empty token
    public static <T> Stream<T> all(Function<String, Page<T>> fetch) {
        return Stream.iterate(
                        fetch.apply(""),
                        page -> page != null,
                        page -> page.nextToken().isEmpty() ? null : fetch.apply(page.nextToken()))
                .flatMap(page -> page.items().stream());
    }
}

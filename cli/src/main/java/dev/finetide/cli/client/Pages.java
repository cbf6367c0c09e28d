package dev.finetide.cli.client;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/// Reads a list rpc page by page.
public final class Pages {
    public static final int SIZE = 200;

    /// One answer of a list rpc.
    ///
    /// @param nextToken empty on the last page
    public record Page<T>(List<T> items, String nextToken) {}

    private Pages() {}

    /// Every item; a page is asked for when the one before it was read.
    ///
    /// @param fetch the page of a token; the first one's is empty
    public static <T> Stream<T> all(Function<String, Page<T>> fetch) {
        return Stream.iterate(
                        fetch.apply(""),
                        page -> page != null,
                        page -> page.nextToken().isEmpty() ? null : fetch.apply(page.nextToken()))
                .flatMap(page -> page.items().stream());
    }
}

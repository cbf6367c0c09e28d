package dev.finetide.kit.name;

import dev.finetide.kit.error.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Pattern;

/// One page of a list (AIP-158): the token is the sort key of the last row shown. A page ends before its size where its
/// rows are large, so that no answer is larger than a client takes.
///
/// @param size  most rows wanted, 1 to 1000
/// @param after sort key to go on after; empty for the first page
public record Page(int size, Optional<String> after) {
    /// The most bytes of the rows on one page. gRPC clients take answers of 4 MiB; a single row may be larger than
    /// this.
    public static final long MOST_BYTES = 3 << 20;

    private static final int DEFAULT = 50;
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\x{fffd}]");

    /// The rows of a query that a page shows.
    ///
    /// @param shown rows on the page
    /// @param more  whether other rows follow
    public record Rows<R>(List<R> shown, boolean more) {
        /// Returns the token of the next page; empty when this page is the last.
        public String nextToken(Function<R, String> sortKey) {
            return more
                    ? Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(sortKey.apply(shown.getLast()).getBytes(StandardCharsets.UTF_8))
                    : "";
        }
    }

    /// Returns the page that a request asks for. The request keeps the rules of the schema, so its size is 0 to 1000.
    ///
    /// @throws ApiException INVALID_FIELD for a token that this service did not give
    public static Page of(int pageSize, String pageToken) {
        int size = pageSize == 0 ? DEFAULT : pageSize;
        if (pageToken.isEmpty()) {
            return new Page(size, Optional.empty());
        }
        try {
            String after = new String(Base64.getUrlDecoder().decode(pageToken), StandardCharsets.UTF_8);
            if (!UNPRINTABLE.matcher(after).find()) {
                return new Page(size, Optional.of(after));
            }
        } catch (IllegalArgumentException e) {
            // refused below, like every other text that is no token
        }
        throw ApiException.invalidField("page_token", "is not a token this service gave");
    }

    /// Returns the rows that belong on this page, given the first rows of a query: at least one more than the page
    /// shows, if there are more.
    ///
    /// @param bytes size of a row in the answer
    public <R> Rows<R> fit(List<R> rows, ToLongFunction<R> bytes) {
        int shown = 0;
        long sum = 0;
        for (R row : rows) {
            sum += bytes.applyAsLong(row);
            if (shown == size || shown > 0 && sum > MOST_BYTES) {
                break;
            }
            shown++;
        }
        return new Rows<>(List.copyOf(rows.subList(0, shown)), shown < rows.size());
    }
}

package dev.finetide.kit.name;

import dev.finetide.kit.error.ApiException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One page of a list (AIP-158): the token is the sort key of the last row shown.
///
/// @param size  rows wanted, 1 to 1000
/// @param after sort key to go on after; empty for the first page
public record Page(int size, Optional<String> after) {
    private static final int DEFAULT = 50;

    /// Returns the page that a request asks for. The request keeps the rules of the schema, so its size is 0 to 1000.
    ///
    /// @throws ApiException INVALID_FIELD for a token that this service did not give
    public static Page of(int pageSize, String pageToken) {
        int size = pageSize == 0 ? DEFAULT : pageSize;
        if (pageToken.isEmpty()) {
            return new Page(size, Optional.empty());
        }
        try {
            return new Page(
                    size, Optional.of(new String(Base64.getUrlDecoder().decode(pageToken), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw ApiException.invalidField("page_token", "is not a token this service gave");
        }
    }

    /// Returns the token of the next page, given the rows of a query for `size + 1`; empty when this page is the last.
    public <R> String nextToken(List<R> rows, Function<R, String> sortKey) {
        return rows.size() <= size
                ? ""
                : Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(sortKey.apply(rows.get(size - 1)).getBytes(StandardCharsets.UTF_8));
    }

    /// Returns the rows that belong on this page, given the rows of a query for `size + 1`.
    public <R> List<R> shown(List<R> rows) {
        return rows.size() <= size ? rows : rows.subList(0, size);
    }
}

package dev.finetide.kit.request;

import dev.finetide.kit.error.ApiException;

/// The answer that a `request_id` was given.
///
/// @param body     digest of the request ([RequestId#digest])
/// @param resource name of what it made
public record Answered(String body, String resource) {
    /// @throws ApiException RESOURCE_EXISTS if it was another request
    public void check(String repeated) {
        if (!body.equals(repeated)) {
            throw ApiException.exists(resource, "was made by this request_id from another request");
        }
    }
}

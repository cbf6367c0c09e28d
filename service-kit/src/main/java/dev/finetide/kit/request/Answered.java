package dev.finetide.kit.request;

import dev.finetide.kit.error.ApiException;

/// The answer that was given to a `request_id`.
///
/// @param body     digest of the request ([RequestId#digest])
/// @param resource name of the resource that the request made
public record Answered(String body, String resource) {
    /// Checks that a repeated request is the one that was answered.
    ///
    /// @throws ApiException RESOURCE_EXISTS if it is another request
    public void check(String repeated) {
        if (!body.equals(repeated)) {
            throw ApiException.exists(resource, "was made by this request_id from another request");
        }
    }
}

package dev.finetide.kit.request;

import dev.finetide.kit.auth.Identity;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.auth.v1.Role;

/// The answer that was given to a `request_id`.
///
/// @param body     digest of the request ([RequestId#digest])
/// @param resource name of the resource that the request made
public record Answered(String body, String resource) {
    /// Checks that a repeated request is the one that was answered. A caller from another project does not learn which
    /// resource has the request's id.
    ///
    /// @throws ApiException RESOURCE_EXISTS if it is another request
    public void check(String repeated) {
        if (!body.equals(repeated)) {
            throw ApiException.exists(
                    isVisible() ? resource : "another resource", "was made by this request_id from another request");
        }
    }

    private boolean isVisible() {
        String[] segments = resource.split("/", 3);
        return segments.length < 2
                || Identity.current()
                        .map(caller -> caller.has(segments[1], Role.VIEWER))
                        .orElse(true);
    }
}

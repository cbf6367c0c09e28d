package dev.finetide.kit.request;

import dev.finetide.kit.error.ApiException;

/// The answer that was given to a `request_id`.
///
/// @param body     digest of the request ([RequestId#digest])
/// @param resource name of the resource that the request made
public record Answered(String body, String resource) {
    /// Checks that a repeated request is the one that was answered. A request in another project does not learn which
    /// resource has its id.
    ///
    /// @param repeated digest of the repeated request
    /// @param parent   project or resource that the repeated request makes something in
    /// @throws ApiException RESOURCE_EXISTS if it is another request
    public void check(String repeated, String parent) {
        if (!body.equals(repeated)) {
            throw ApiException.exists(
                    project(resource).equals(project(parent)) ? resource : "another resource",
                    "was made by this request_id from another request");
        }
    }

    private static String project(String name) {
        String[] segments = name.split("/", 3);
        return segments.length < 2 ? name : segments[1];
    }
}

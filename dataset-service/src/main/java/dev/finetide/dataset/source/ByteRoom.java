package dev.finetide.dataset.source;

import java.util.Collection;

/// Says whether a project may store more bytes.
public interface ByteRoom {
    /// Refuses bytes that a project may not store. In a transaction, others that ask for the same
    /// project wait until it ends.
    ///
    /// @param project name of the project: `projects/default`
    /// @param more    bytes that come; 0 asks whether there is room for any
    /// @param besides ids of uploaded files that do not count, because the bytes are made of them
    /// @throws dev.finetide.kit.error.ApiException QUOTA_EXCEEDED
    void check(String project, long more, Collection<String> besides);
}

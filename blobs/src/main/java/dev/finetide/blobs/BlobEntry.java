package dev.finetide.blobs;

import java.time.Instant;

/// One line of a listing.
///
/// @param size     size in bytes
/// @param modified time at which the store got the blob, by the clock of the store
public record BlobEntry(String key, long size, Instant modified) {}

package dev.finetide.blobs;

/// One line of a listing.
///
/// @param size size in bytes
public record BlobEntry(String key, long size) {}

/// The blob store: one interface, a directory behind it. What was written never changes, and every read is
/// checked against its digest. Start at [dev.finetide.blobs.BlobStore].
package dev.finetide.blobs;

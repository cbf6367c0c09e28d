/// The blob store, with a directory or an S3 bucket behind one interface. Written blobs never change, and every read
/// is checked against the digest. Start reading at [dev.finetide.blobs.BlobStore].
package dev.finetide.blobs;

package dev.finetide.blobs;

/// The key already holds other content, and blobs never change.
public final class BlobConflictException extends BlobException {

    private static final long serialVersionUID = 1;

    BlobConflictException(BlobRef stored, BlobRef refused) {
        super("blob " + stored.key() + " already holds other content: stored " + stored.size() + " bytes sha256 "
                + stored.sha256() + ", refused " + refused.size() + " bytes sha256 " + refused.sha256());
    }
}

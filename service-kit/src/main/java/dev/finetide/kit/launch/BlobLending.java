package dev.finetide.kit.launch;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.blobs.BlobLender;
import dev.finetide.blobs.BlobScope;
import dev.finetide.blobs.BlobSession;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.worker.v1.BlobAccess;
import dev.finetide.proto.worker.v1.LendBlobAccessResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jboss.logging.Logger;

/// Lends workers credentials for the blob store, each for its own attempt: a worker reads what its specification names
/// and what its resource has written, and writes below its own epoch's folder.
public final class BlobLending {
    private static final Logger LOG = Logger.getLogger(BlobLending.class);

    private final Optional<BlobLender> lender;

    /// @param lender absent where workers have credentials of their own, or need none
    public BlobLending(Optional<BlobLender> lender) {
        this.lender = lender;
    }

    /// Lends credentials to the one writer of an attempt.
    ///
    /// @param spec  specification of the attempt's worker
    /// @param epoch epoch that the worker has claimed
    public LendBlobAccessResponse lend(WorkerSpec spec, long epoch) throws IOException {
        if (lender.isEmpty()) {
            return LendBlobAccessResponse.getDefaultInstance();
        }
        BlobSession session = lender.get()
                .lend(scope(spec, epoch), spec.getResource() + "-attempt-" + spec.getAttempt() + "-epoch-" + epoch);
        LOG.infof(
                "blob access lent resource=%s attempt=%d epoch=%d key=%s until=%s",
                spec.getResource(), spec.getAttempt(), epoch, session.accessKeyId(), session.expires());
        return LendBlobAccessResponse.newBuilder()
                .setAccess(BlobAccess.newBuilder()
                        .setAccessKeyId(session.accessKeyId())
                        .setSecretAccessKey(session.secretAccessKey())
                        .setSessionToken(session.sessionToken())
                        .setExpireTime(Times.timestamp(session.expires())))
                .build();
    }

    static BlobScope scope(WorkerSpec spec, long epoch) {
        Set<String> keys = new TreeSet<>();
        collect(spec, keys);
        return new BlobScope(keys, spec.getBlobPrefix(), spec.getBlobPrefix() + "attempts/" + epoch + "/");
    }

    /// Collects the keys of all files in a message and in those inside it.
    private static void collect(Message message, Set<String> keys) {
        if (message instanceof BlobFile file) {
            if (!file.getBlobKey().isEmpty()) {
                keys.add(file.getBlobKey());
            }
            return;
        }
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            List<?> values = entry.getKey().isRepeated() ? (List<?>) entry.getValue() : List.of(entry.getValue());
            values.forEach(value -> {
                if (value instanceof Message nested) {
                    collect(nested, keys);
                }
            });
        }
    }
}

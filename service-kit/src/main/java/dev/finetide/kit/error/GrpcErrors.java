package dev.finetide.kit.error;

import com.google.protobuf.Any;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.finetide.blobs.BlobCorruptException;
import dev.finetide.blobs.BlobNotFoundException;
import dev.finetide.blobs.BlobStoreFullException;
import dev.finetide.kit.store.Database;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/// Turns every exception into what a client sees; no other class does. An exception that is not an [ApiException] is a
/// bug or a lost dependency: the client gets a constant text and a log id, never the exception's own words.
public final class GrpcErrors {
    /// The `domain` of every ErrorInfo.
    public static final String DOMAIN = "finetide.dev";

    /// Most bytes of a status in the headers of an answer. Clients take 8 KiB of headers.
    private static final int MOST_BYTES = 7 << 10;

    private static final Logger LOG = Logger.getLogger(GrpcErrors.class);

    private GrpcErrors() {}

    public static StatusRuntimeException toStatus(Throwable failure) {
        return switch (failure) {
            case StatusRuntimeException status -> status;
            case ApiException refused -> status(refused);
            case BlobCorruptException corrupt -> {
                LOG.error("stored bytes do not match their digest: " + corrupt.getMessage());
                yield status(ApiException.of(ErrorReason.BLOB_CORRUPT, corrupt.getMessage()));
            }
            case BlobNotFoundException missing -> {
                LOG.error("stored bytes are gone: " + missing.getMessage());
                yield status(ApiException.of(ErrorReason.BLOB_CORRUPT, missing.getMessage()));
            }
            case BlobStoreFullException full -> {
                LOG.error("blob store is full: " + full.getMessage());
                yield status(ApiException.of(ErrorReason.STORAGE_FULL, full.getMessage(), "full", "blobs"));
            }
            case UncheckedIOException wrapped -> toStatus(wrapped.getCause());
            case IOException full
            when isDiskFull(full) -> {
                LOG.error("no space for temporary files: " + full.getMessage());
                yield status(ApiException.of(
                        ErrorReason.STORAGE_FULL,
                        "the service has no space left for temporary files, try again later",
                        "full",
                        "temporary"));
            }
            default -> failureOfDatabase(failure).orElseGet(() -> bug(failure));
        };
    }

    private static Optional<StatusRuntimeException> failureOfDatabase(Throwable failure) {
        if (Database.isFull(failure)) {
            LOG.error("no space left for the database: " + failure.getMessage());
            return Optional.of(status(ApiException.of(
                    ErrorReason.STORAGE_FULL,
                    "the database has no space left on its disk, try again when there is room",
                    "full",
                    "postgresql")));
        }
        if (Database.isUnstorable(failure)) {
            LOG.warn("text refused by the database: " + failure.getMessage());
            return Optional.of(status(ApiException.of(
                    ErrorReason.INVALID_FIELD, "a text of the request has a character that cannot be stored")));
        }
        return Database.isUnavailable(failure) ? Optional.of(databaseAway(failure)) : Optional.empty();
    }

    /// Tells whether a file of the operating system could not grow. Java has no type for ENOSPC.
    private static boolean isDiskFull(IOException failure) {
        String text = String.valueOf(failure.getMessage());
        return text.contains("No space left") || text.contains("quota exceeded");
    }

    /// Returns the status of calls that a service ends because it stops.
    public static StatusRuntimeException stopping() {
        return status(ApiException.of(ErrorReason.SERVICE_STOPPING, "the service is stopping"));
    }

    private static StatusRuntimeException databaseAway(Throwable failure) {
        LOG.warn("database cannot be reached: " + failure.getMessage());
        return status(ApiException.of(
                ErrorReason.DEPENDENCY_UNAVAILABLE,
                "the database cannot be reached, try again",
                "dependency",
                "postgresql"));
    }

    private static StatusRuntimeException bug(Throwable failure) {
        FatalErrors.endProcessAfter(failure);
        String id = UUID.randomUUID().toString();
        LOG.error("request failed logId=" + id, failure);
        return status(ApiException.of(
                ErrorReason.INTERNAL_ERROR, "internal error, the service's log has it under " + id, "log_id", id));
    }

    /// Returns the status of a refusal. It is shorter than the refusal if clients would not take it
    /// whole: texts of the request may stand in it.
    private static StatusRuntimeException status(ApiException refused) {
        com.google.rpc.Status status = status(refused, Integer.MAX_VALUE);
        for (int longest = 2_500; !fits(status); longest = longest * 3 / 4) {
            status = status(refused, longest);
        }
        return StatusProto.toStatusRuntimeException(status);
    }

    /// Returns whether clients take a status, which travels in two headers: its message with `%XX`
    /// for each byte that is not ASCII, and all of it in Base64.
    private static boolean fits(com.google.rpc.Status status) {
        long message = status.getMessageBytes().size();
        for (byte part : status.getMessageBytes()) {
            message += part < ' ' || part == '%' ? 2 : 0; // a byte of other text is below 0
        }
        return message + status.getSerializedSize() * 4L / 3 <= MOST_BYTES;
    }

    /// @param longest most characters of the message, of each value of the metadata, and of all
    ///     violations
    private static com.google.rpc.Status status(ApiException refused, int longest) {
        Map<String, String> metadata = new HashMap<>(refused.metadata());
        metadata.replaceAll((name, value) -> shortened(value, longest));
        com.google.rpc.Status.Builder status = com.google.rpc.Status.newBuilder()
                .setCode(code(refused.reason()).getNumber())
                .setMessage(shortened(refused.getMessage(), longest))
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(refused.reason().name())
                        .setDomain(DOMAIN)
                        .putAllMetadata(metadata)
                        .build()));
        if (!refused.violations().isEmpty()) {
            BadRequest.Builder bad = BadRequest.newBuilder();
            int left = longest;
            for (ApiException.FieldViolation violation : refused.violations()) {
                left -= violation.field().length() + violation.description().length();
                if (left >= 0) {
                    bad.addFieldViolationsBuilder().setField(violation.field()).setDescription(violation.description());
                }
            }
            status.addDetails(Any.pack(bad.build()));
        }
        refused.again()
                .ifPresent(again -> status.addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Durations.fromMillis(again.toMillis()))
                        .build())));
        return status.build();
    }

    private static String shortened(String text, int longest) {
        if (text.length() <= longest) {
            return text;
        }
        int end = longest > 0 && Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
        return text.substring(0, end) + "...";
    }

    private static Code code(ErrorReason reason) {
        return switch (reason) {
            case INVALID_FIELD, UNKNOWN_SETTING, INVALID_ROWS, DIGEST_MISMATCH, RESOURCE_TOO_LARGE ->
                Code.INVALID_ARGUMENT;
            case RESOURCE_NOT_FOUND -> Code.NOT_FOUND;
            case RESOURCE_EXISTS -> Code.ALREADY_EXISTS;
            case ILLEGAL_STATE, NOT_APPROVED, STALE_ATTEMPT -> Code.FAILED_PRECONDITION;
            case ETAG_MISMATCH -> Code.ABORTED;
            case BLOB_CORRUPT -> Code.DATA_LOSS;
            case STORAGE_FULL, QUOTA_EXCEEDED -> Code.RESOURCE_EXHAUSTED;
            case DEPENDENCY_UNAVAILABLE, SERVICE_STOPPING -> Code.UNAVAILABLE;
            case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
            case PERMISSION_DENIED -> Code.PERMISSION_DENIED;
            case INTERNAL_ERROR, ERROR_REASON_UNSPECIFIED, UNRECOGNIZED -> Code.INTERNAL;
        };
    }

    /// Returns whether a status that came from another Finetide service carries this reason.
    public static boolean hasReason(StatusRuntimeException failure, ErrorReason reason) {
        return reason(failure).equals(reason.name());
    }

    /// Returns the name of a status's [ErrorReason], or of its code where it has no reason.
    public static String reason(StatusRuntimeException failure) {
        return info(failure)
                .map(ErrorInfo::getReason)
                .orElse(failure.getStatus().getCode().name());
    }

    /// Returns a dynamic part of a status's message; empty if it has none of this name.
    public static Optional<String> metadata(StatusRuntimeException failure, String key) {
        return info(failure).map(info -> info.getMetadataMap().get(key));
    }

    private static Optional<ErrorInfo> info(StatusRuntimeException failure) {
        return Optional.ofNullable(StatusProto.fromThrowable(failure)).stream()
                .flatMap(status -> status.getDetailsList().stream())
                .filter(detail -> detail.is(ErrorInfo.class))
                .map(GrpcErrors::unpack)
                .findFirst();
    }

    private static ErrorInfo unpack(Any detail) {
        try {
            return detail.unpack(ErrorInfo.class);
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            return ErrorInfo.getDefaultInstance();
        }
    }

    /// Returns whether the peer gave no answer, or none in time.
    public static boolean isUnreachable(StatusRuntimeException failure) {
        Status.Code code = failure.getStatus().getCode();
        return code == Status.Code.UNAVAILABLE || code == Status.Code.DEADLINE_EXCEEDED;
    }
}

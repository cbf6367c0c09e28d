package dev.finetide.kit.request;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.regex.Pattern;

/// The `request_id` of a create (AIP-155): the same id with the same body gets the same answer, however often it comes.
public final class RequestId {
    private static final String FIELD = "request_id";
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private RequestId() {}

    /// @throws ApiException INVALID_FIELD
    public static void check(String requestId) {
        violation(requestId).ifPresent(wrong -> {
            throw ApiException.invalidField(wrong.field(), wrong.description());
        });
    }

    /// Returns the fault of a request id, for callers that check all fields first. A request with an empty id is always
    /// a new one.
    public static Optional<FieldViolation> violation(String requestId) {
        return requestId.isEmpty() || UUID.matcher(requestId).matches()
                ? Optional.empty()
                : Optional.of(new FieldViolation(FIELD, "expected a UUID or nothing, got another text"));
    }

    /// Returns the SHA-256 (hex) of what is asked for, without the id itself.
    ///
    /// @param more what belongs to the request in addition to its message
    public static String digest(Message request, String... more) {
        FieldDescriptor id = request.getDescriptorForType().findFieldByName(FIELD);
        MessageDigest digest = Sha256.newDigest();
        digest.update(request.toBuilder().clearField(id).build().toByteArray());
        for (String text : more) {
            digest.update(text.getBytes(StandardCharsets.UTF_8));
        }
        return Sha256.hex(digest);
    }
}

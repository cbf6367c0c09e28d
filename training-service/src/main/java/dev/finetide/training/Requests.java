package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// Idempotent creates (AIP-155).
final class Requests {
    private static final Pattern UUID = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private Requests() {}

    static void check(CreateTrainingRunRequest request) {
        if (!request.getRequestId().isEmpty()
                && !UUID.matcher(request.getRequestId()).matches()) {
            throw ApiException.invalidField("request_id", "expected a UUID or nothing, got another text");
        }
    }

    /// SHA-256 of what is asked for, without the id itself.
    static String digest(CreateTrainingRunRequest request) {
        try {
            byte[] body = request.toBuilder().clearRequestId().build().toByteArray();
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

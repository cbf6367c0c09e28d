package dev.finetide.kubernetes;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// The name of an attempt's Job: made of nothing but the resource and the attempt, so that creating it twice is
/// creating it once. A DNS label of at most 63 characters, because it becomes a label of the pod.
///
/// @param kind `train` or `evaluate`
/// @param id   of the run or evaluation, in a label's alphabet
record JobName(String kind, String id, String text) {
    private static final int LONGEST_ID = 36;

    static JobName of(String resource, int attempt) {
        String kind = resource.contains("/trainingRuns/") ? "train" : "evaluate";
        String id = resource.substring(resource.lastIndexOf('/') + 1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9-]", "-");
        String shortened = id.substring(0, Math.min(id.length(), LONGEST_ID)).replaceFirst("-+$", "");
        // The digest tells two projects apart, and two ids that look alike after this.
        return new JobName(kind, shortened, "%s-%s-%s-%d".formatted(kind, shortened, digest(resource), attempt));
    }

    private static String digest(String resource) {
        try {
            byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(resource.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sha256, 0, 4);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}

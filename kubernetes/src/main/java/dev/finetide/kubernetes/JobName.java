package dev.finetide.kubernetes;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/// The name of an attempt's Job. The name depends on the resource and the attempt alone, so that a second create finds
/// the first Job. The name is a DNS label of at most 63 characters, because it becomes a label of the pod.
///
/// @param kind `train`, `evaluate` or `report`
/// @param id   id of the run, evaluation or report, in the alphabet of labels
/// @param text full name of the Job
record JobName(String kind, String id, String text) {
    private static final int LONGEST_ID = 36;

    static JobName of(String resource, int attempt) {
        String kind = resource.contains("/trainingRuns/")
                ? "train"
                : resource.contains("/datasetReports/") ? "report" : "evaluate";
        String id = resource.substring(resource.lastIndexOf('/') + 1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9-]", "-");
        String shortened = id.substring(0, Math.min(id.length(), LONGEST_ID)).replaceFirst("-+$", "");
        // The digest tells apart two projects, and two ids that became equal when shortened.
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

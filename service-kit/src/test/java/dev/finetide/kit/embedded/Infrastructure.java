package dev.finetide.kit.embedded;

import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.kit.containers.Images;

/// Kafka and PostgreSQL for all tests of a JVM: the embedded parts, or images in the profile `containers`.
///
/// @param bootstrapServers host:port of the broker
/// @param jdbcUrl          JDBC URL of the database, without parameters
/// @param password         password of the user `postgres`
public record Infrastructure(String bootstrapServers, String jdbcUrl, String password) {
    /// The system property by which the profile asks for images.
    public static final String OF_IMAGES = "finetide.containers";

    /// Starts both once. A start that failed is not tried again by every test.
    private static final class Shared {
        static final Infrastructure INSTANCE = isOfImages() ? Images.infrastructure() : ofEmbeddedParts();
    }

    /// Starts both at the first call, and returns the same ones at every later call.
    public static Infrastructure get() {
        return Shared.INSTANCE;
    }

    public static boolean isOfImages() {
        return Boolean.getBoolean(OF_IMAGES);
    }

    private static Infrastructure ofEmbeddedParts() {
        SharedInfrastructure parts = SharedInfrastructure.get();
        String url = parts.jdbcUrl("public");
        return new Infrastructure(parts.bootstrapServers(), url.substring(0, url.indexOf('?')), parts.password());
    }

    /// Returns a JDBC URL whose tables live in `schema`, for the user `postgres`.
    public String jdbcUrl(String schema) {
        return jdbcUrl + "?currentSchema=" + schema + "&password=" + password;
    }
}

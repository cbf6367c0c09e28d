package dev.finetide.proto.tls;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Settings of the wires that a process opens to services.
///
/// @param authorities      file with the authorities that services' certificates must follow from;
///     empty: the system's
/// @param certificate      file with the certificate that the process shows to services
/// @param key              file with the certificate's private key
/// @param allowsPlainText  whether calls, and tokens with them, may leave this machine without TLS
public record WireSettings(
        Optional<Path> authorities, Optional<Path> certificate, Optional<Path> key, boolean allowsPlainText) {
    public static final String AUTHORITIES = "FINETIDE_CA_FILE";
    public static final String CERTIFICATE = "FINETIDE_CLIENT_CERT";
    public static final String KEY = "FINETIDE_CLIENT_KEY";
    public static final String PLAIN_TEXT = "FINETIDE_PLAIN_TEXT_ALLOWED";

    /// @throws IllegalArgumentException if there is a certificate without key, or a key without
    ///     certificate
    public WireSettings {
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException(
                    "a client certificate needs both of its files: the certificate and the private key");
        }
    }

    /// Returns the settings of this process, which its environment has.
    ///
    /// @throws IllegalArgumentException if a variable is none of its values
    public static WireSettings ofEnvironment() {
        return of(System.getenv());
    }

    /// Returns the settings in these environment variables.
    ///
    /// @throws IllegalArgumentException if a variable is none of its values
    public static WireSettings of(Map<String, String> environment) {
        UnaryOperator<String> value = name -> environment.getOrDefault(name, "").strip();
        String plainText = value.apply(PLAIN_TEXT);
        if (!plainText.isEmpty() && !plainText.equals("true") && !plainText.equals("false")) {
            throw new IllegalArgumentException(PLAIN_TEXT + ": expected true or false, got " + plainText);
        }
        return new WireSettings(
                path(value.apply(AUTHORITIES)),
                path(value.apply(CERTIFICATE)),
                path(value.apply(KEY)),
                plainText.equals("true"));
    }

    private static Optional<Path> path(String text) {
        return Optional.of(text).filter(given -> !given.isEmpty()).map(Path::of);
    }
}

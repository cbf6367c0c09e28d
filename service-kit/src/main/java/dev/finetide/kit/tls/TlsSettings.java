package dev.finetide.kit.tls;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/// Settings of a service's TLS. Files are PEM, and are read again when they change.
@ConfigMapping(prefix = "finetide.tls")
public interface TlsSettings {
    /// The file with the service's certificate and those that it follows from.
    Optional<Path> certificate();

    /// The file with the certificate's private key (PKCS #8).
    Optional<Path> key();

    /// The file with the authorities of callers' certificates. If it is set, a caller is asked for a certificate, by
    /// which the file of callers may know it.
    Optional<Path> clientCa();

    /// Whether a caller without a certificate is turned away, also one that has a token.
    @WithDefault("true")
    boolean clientRequired();
}

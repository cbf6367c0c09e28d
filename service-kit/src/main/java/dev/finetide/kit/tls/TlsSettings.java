package dev.finetide.kit.tls;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/// Settings of a service's TLS. Files are PEM, and are read again when they change.
@ConfigMapping(prefix = "finetide.tls")
public interface TlsSettings {
    /// The file with the service's certificate and those that it follows from.
    Optional<Path> certificate();

    /// The file with the certificate's private key (PKCS #8).
    Optional<Path> key();

    /// The file with the authorities of callers' certificates. If it is set, a caller needs a
    /// certificate as well as a token.
    Optional<Path> clientCa();
}

package dev.finetide.embedded;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Files by which the embedded database speaks TLS, and nothing else.
///
/// @param certificate PEM file with the server's certificate
/// @param key         PEM file with its private key; mode 0600
/// @param clients     PEM file with the authority of clients' certificates; empty: clients need none
record PostgresTls(Path certificate, Path key, Optional<Path> clients) {
    /// Returns the server's arguments.
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "-c",
                "ssl=on",
                "-c",
                "ssl_cert_file=" + certificate.toAbsolutePath(),
                "-c",
                "ssl_key_file=" + key.toAbsolutePath()));
        clients.ifPresent(file -> arguments.addAll(List.of("-c", "ssl_ca_file=" + file.toAbsolutePath())));
        return arguments;
    }

    /// Returns access rules that take no connection without TLS.
    ///
    /// @param plain rules that begin with `host`
    String closed(String plain) {
        String hostssl = plain.replace("\nhost ", "\nhostssl ");
        return clients.isEmpty()
                ? hostssl
                : hostssl.replace(" scram-sha-256\n", " scram-sha-256 clientcert=verify-ca\n");
    }
}

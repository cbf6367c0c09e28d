package dev.finetide.proto.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads certificates and private keys from PEM files.
final class Pem {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final List<String> ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private Pem() {}

    /// Returns the certificates of a file, in its order.
    ///
    /// @throws IOException if the file cannot be read or has no certificate; the message names it
    static List<X509Certificate> certificates(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        try {
            Collection<? extends Certificate> read =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
            if (!read.isEmpty()) {
                return read.stream().map(X509Certificate.class::cast).toList();
            }
        } catch (CertificateException malformed) {
            throw new IOException(file + " is not a file of certificates in PEM", malformed);
        }
        throw new IOException(file + " has no certificate, expected at least one in PEM");
    }

    /// Returns the private key of a file.
    ///
    /// @throws IOException if the file cannot be read or has no key in PKCS #8; the message names the
    ///     file and quotes nothing
    static PrivateKey privateKey(Path file) throws IOException {
        Matcher pem = KEY.matcher(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new IOException(file + " has no private key in PKCS #8 without password (BEGIN PRIVATE KEY);"
                    + " openssl pkcs8 -topk8 -nodes makes one");
        }
        for (String algorithm : ALGORITHMS) {
            try {
                byte[] key = Base64.getMimeDecoder().decode(pem.group(1));
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
            } catch (GeneralSecurityException | IllegalArgumentException otherAlgorithm) {
                continue;
            }
        }
        throw new IOException(file + " has a private key that is none of " + ALGORITHMS);
    }
}

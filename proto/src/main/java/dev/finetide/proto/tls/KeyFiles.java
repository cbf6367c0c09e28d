package dev.finetide.proto.tls;

import dev.finetide.proto.file.WatchedFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;

/// Proves a process by a certificate and its private key, in two PEM files that are read again when
/// they change: each new connection has the certificate that the file has then.
public final class KeyFiles extends X509ExtendedKeyManager {
    private record Pair(List<X509Certificate> chain, PrivateKey key) {}

    private static final String ALIAS = "finetide";

    private final WatchedFiles<Pair> files;

    /// @param certificate file with the certificate and those that it follows from
    /// @param key         file with the private key
    /// @param faults      told why changed files are not used; the text has no secret
    /// @throws IOException if a file cannot be read or has a fault, or the key is not the certificate's
    public KeyFiles(Path certificate, Path key, Consumer<String> faults) throws IOException {
        this.files = new WatchedFiles<>(List.of(certificate, key), () -> read(certificate, key), faults);
    }

    private static Pair read(Path certificate, Path key) throws IOException {
        Pair pair = new Pair(Pem.certificates(certificate), Pem.privateKey(key));
        if (!belong(pair)) {
            throw new IOException(key + " is not the key of the first certificate in " + certificate);
        }
        return pair;
    }

    private static boolean belong(Pair pair) {
        String algorithm = switch (pair.key().getAlgorithm()) {
            case "EC" -> "SHA256withECDSA";
            case "RSA" -> "SHA256withRSA";
            default -> "EdDSA";
        };
        try {
            Signature signing = Signature.getInstance(algorithm);
            signing.initSign(pair.key());
            byte[] signature = signing.sign();
            signing.initVerify(pair.chain().getFirst().getPublicKey());
            return signing.verify(signature);
        } catch (GeneralSecurityException otherKind) {
            return false;
        }
    }

    /// Returns until when the certificate that the files have now is valid.
    public Instant validUntil() {
        return files.get().chain().getFirst().getNotAfter().toInstant();
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return files.get().chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return files.get().key();
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
        return offered(type);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
        return offered(type);
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
        return ALIAS;
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
        return ALIAS;
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
        return new String[] {ALIAS};
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
        return new String[] {ALIAS};
    }

    /// Returns the alias where the key is of a type that the peer takes.
    private String offered(String type) {
        String algorithm = files.get().chain().getFirst().getPublicKey().getAlgorithm();
        return type.equals(algorithm) || type.startsWith(algorithm + "_") || type.endsWith("_" + algorithm)
                ? ALIAS
                : null;
    }
}

package dev.finetide.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// Makes an authority and certificates that follow from it (X.509, RFC 5280), as PEM files with keys on the curve
/// P-256.
public final class TestCertificates {
    /// PEM files of one holder.
    public record Holder(Path certificate, Path key) {}

    private record Issuer(String name, PrivateKey key, byte[] keyId) {}

    private static final Duration VALID = Duration.ofDays(30);
    private static final String AUTHORITY = "Test Authority";
    private static final byte[] ECDSA_WITH_SHA256 = Der.sequence(Der.identifier("1.2.840.10045.4.3.2"));

    private final Path directory;
    private final Issuer issuer;
    private final String own;

    /// Makes an authority.
    ///
    /// @param directory where all files lie; created if missing
    public TestCertificates(Path directory) {
        this.directory = directory;
        KeyPair pair = newPair();
        this.issuer = new Issuer(AUTHORITY, pair.getPrivate(), keyId(pair.getPublic()));
        this.own = pem(
                "CERTIFICATE",
                certificate(issuer, AUTHORITY, pair.getPublic(), Instant.now(), extensionsOfAuthority()));
        try {
            Files.createDirectories(directory);
            Files.writeString(authority(), own);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Returns the file with the authority's certificate.
    public Path authority() {
        return directory.resolve("ca.crt");
    }

    /// Makes the certificate of a holder, valid for 30 days from a moment.
    ///
    /// @param holder   common name; names the files, too
    /// @param names    other names: `dns:localhost,ip:127.0.0.1,uri:spiffe://example/x,email:x@example.com`
    /// @param daysAgo  days since the certificate became valid: 40 for one that has expired, -5 for
    ///     one of next week
    public Holder issue(String holder, String names, int daysAgo) {
        return issue(holder, newPair(), Instant.now().minus(Duration.ofDays(daysAgo)), subjectNames(names));
    }

    /// Makes the certificate of a holder who has a common name and no other.
    public Holder issueWithoutNames(String holder) {
        return issue(holder, newPair(), Instant.now(), new byte[0]);
    }

    /// Makes the certificate of a holder that expires soon.
    ///
    /// @param left time until then
    public Holder issueFor(String holder, String names, Duration left) {
        return issue(holder, newPair(), Instant.now().plus(left).minus(VALID), subjectNames(names));
    }

    /// Makes a certificate that the holder has signed itself, which no authority knows.
    public Holder issueSelfSigned(String holder, String names) {
        KeyPair pair = newPair();
        Issuer self = new Issuer(holder, pair.getPrivate(), keyId(pair.getPublic()));
        return written(
                holder,
                pem("CERTIFICATE", certificate(self, holder, pair.getPublic(), Instant.now(), subjectNames(names))),
                pair);
    }

    private Holder issue(String holder, KeyPair pair, Instant begin, byte[] extensions) {
        String signed = pem("CERTIFICATE", certificate(issuer, holder, pair.getPublic(), begin, extensions));
        return written(holder, signed + own, pair);
    }

    private Holder written(String holder, String chain, KeyPair pair) {
        Holder files = new Holder(directory.resolve(holder + ".crt"), directory.resolve(holder + ".key"));
        try {
            Files.writeString(files.certificate(), chain);
            Files.writeString(files.key(), pem("PRIVATE KEY", pair.getPrivate().getEncoded()));
            Files.setPosixFilePermissions(files.key(), PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private static KeyPair newPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] certificate(
            Issuer issuer, String subject, PublicKey key, Instant begin, byte[] moreExtensions) {
        byte[] unsigned = Der.sequence(
                Der.tagged(0, Der.integer(BigInteger.TWO)),
                Der.integer(new BigInteger(64, new SecureRandom())),
                ECDSA_WITH_SHA256,
                name(issuer.name()),
                Der.sequence(Der.time(begin), Der.time(begin.plus(VALID))),
                name(subject),
                key.getEncoded(),
                Der.tagged(
                        3,
                        Der.sequence(
                                extension("2.5.29.14", Der.octets(keyId(key))),
                                extension("2.5.29.35", Der.sequence(Der.taggedBytes(0, issuer.keyId()))),
                                moreExtensions)));
        try {
            Signature signing = Signature.getInstance("SHA256withECDSA");
            signing.initSign(issuer.key());
            signing.update(unsigned);
            return Der.sequence(unsigned, ECDSA_WITH_SHA256, Der.bits(signing.sign()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] name(String common) {
        return Der.sequence(Der.value(Der.SET, Der.sequence(Der.identifier("2.5.4.3"), Der.utf8(common))));
    }

    private static byte[] keyId(PublicKey key) {
        try {
            return MessageDigest.getInstance("SHA-1").digest(key.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] extension(String identifier, byte[] value) {
        return Der.sequence(Der.identifier(identifier), Der.octets(value));
    }

    /// Returns the extensions that make a certificate an authority's: basic constraints and key usage.
    private static byte[] extensionsOfAuthority() {
        byte[] signsCertificates = {1, 0x06};
        byte[] constraints = Der.sequence(Der.identifier("2.5.29.19"), Der.yes(), Der.octets(Der.sequence(Der.yes())));
        byte[] usage =
                Der.sequence(Der.identifier("2.5.29.15"), Der.yes(), Der.octets(Der.value(0x03, signsCertificates)));
        return concatenated(List.of(constraints, usage));
    }

    private static byte[] subjectNames(String names) {
        List<byte[]> all = List.of(names.split(",")).stream()
                .map(TestCertificates::subjectName)
                .toList();
        return extension("2.5.29.17", Der.sequence(concatenated(all)));
    }

    private static byte[] subjectName(String name) {
        String[] sides = name.split(":", 2);
        byte[] text = sides[1].getBytes(StandardCharsets.US_ASCII);
        return switch (sides[0]) {
            case "email" -> Der.taggedBytes(1, text);
            case "dns" -> Der.taggedBytes(2, text);
            case "uri" -> Der.taggedBytes(6, text);
            case "ip" -> Der.taggedBytes(7, InetAddress.ofLiteral(sides[1]).getAddress());
            default -> throw new IllegalArgumentException("no kind of name: " + name);
        };
    }

    /// Returns the bytes of values one after the other, without a tag of their own.
    private static byte[] concatenated(List<byte[]> parts) {
        int length = parts.stream().mapToInt(part -> part.length).sum();
        byte[] all = Der.sequence(parts.toArray(byte[][]::new));
        return Arrays.copyOfRange(all, all.length - length, all.length);
    }

    private static String pem(String kind, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(kind, body, kind);
    }
}

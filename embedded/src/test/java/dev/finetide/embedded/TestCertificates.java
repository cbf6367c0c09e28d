package dev.finetide.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Makes an authority and certificates that follow from it, as PEM files and as a key store, by the
/// JDK's keytool.
public final class TestCertificates {
    /// Password of the key stores.
    public static final String PASSWORD = "changeit";

    /// PEM files of one holder.
    public record Holder(Path certificate, Path key) {}

    private static final int VALID_DAYS = 30;
    private static final String AUTHORITY = "authority";

    private final Path directory;
    private final Path store;

    /// Makes an authority.
    ///
    /// @param directory where all files lie; created if missing
    public TestCertificates(Path directory) {
        this.directory = directory;
        this.store = directory.resolve("store.p12");
        try {
            Files.createDirectories(directory);
            keytool(
                    "-genkeypair",
                    "-alias",
                    AUTHORITY,
                    "-dname",
                    "CN=Test Authority",
                    "-ext",
                    "bc:c",
                    "-validity",
                    Integer.toString(VALID_DAYS));
            Files.writeString(authority(), pem("CERTIFICATE", chain(AUTHORITY)[0].getEncoded()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /// Returns the file with the authority's certificate.
    public Path authority() {
        return directory.resolve("ca.crt");
    }

    /// Makes the certificate of a holder, valid for 30 days from a moment.
    ///
    /// @param holder   common name; names the files, too
    /// @param names    names of hosts in keytool's form: `dns:localhost,ip:127.0.0.1`
    /// @param daysAgo  days since the certificate became valid: 40 for one that has expired, -5 for
    ///     one of next week
    public Holder issue(String holder, String names, int daysAgo) {
        return issue(holder, "%+dd".formatted(-daysAgo), "-signer", AUTHORITY, "-ext", "san=" + names);
    }

    /// Makes the certificate of a holder who has a common name and no other.
    public Holder issueWithoutNames(String holder) {
        return issue(holder, "-0d", "-signer", AUTHORITY);
    }

    /// Makes the certificate of a holder that expires soon.
    ///
    /// @param seconds time until then
    public Holder issueFor(String holder, String names, int seconds) {
        return issue(holder, "-%dd%+dS".formatted(VALID_DAYS, seconds), "-signer", AUTHORITY, "-ext", "san=" + names);
    }

    /// Makes a certificate that the holder has signed itself, which no authority knows.
    public Holder issueSelfSigned(String holder, String names) {
        return issue(holder, "-0d", "-ext", "san=" + names);
    }

    private Holder issue(String holder, String startDate, String... options) {
        Path certificate = directory.resolve(holder + ".crt");
        Path key = directory.resolve(holder + ".key");
        try {
            List<String> arguments =
                    new ArrayList<>(List.of("-genkeypair", "-alias", holder, "-dname", "CN=" + holder));
            arguments.addAll(List.of("-startdate", startDate, "-validity", Integer.toString(VALID_DAYS)));
            arguments.addAll(List.of(options));
            keytool(arguments.toArray(String[]::new));
            StringBuilder chain = new StringBuilder();
            for (Certificate link : chain(holder)) {
                chain.append(pem("CERTIFICATE", link.getEncoded()));
            }
            Files.writeString(certificate, chain);
            Files.writeString(
                    key,
                    pem(
                            "PRIVATE KEY",
                            load(store).getKey(holder, PASSWORD.toCharArray()).getEncoded()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        return new Holder(certificate, key);
    }

    private Certificate[] chain(String alias) throws IOException, GeneralSecurityException {
        return load(store).getCertificateChain(alias);
    }

    private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            loaded.load(in, PASSWORD.toCharArray());
        }
        return loaded;
    }

    private void keytool(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", PASSWORD));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new AssertionError("keytool failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String pem(String kind, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return "-----BEGIN %s-----%n%s%n-----END %s-----%n".formatted(kind, body, kind);
    }
}

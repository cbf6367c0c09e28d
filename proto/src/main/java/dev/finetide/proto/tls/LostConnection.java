package dev.finetide.proto.tls;

import io.grpc.Status;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;

/// Says why a service could not be reached.
///
/// @param reason  why, such as "connection refused"
/// @param isFinal whether another try cannot help before somebody changes a setting
public record LostConnection(String reason, boolean isFinal) {
    /// First bytes of a TLS alert, as a client without TLS reads them.
    private static final String ALERT_HEX = "1503";

    /// Returns why a call failed with UNAVAILABLE.
    ///
    /// @param isTls whether the channel has TLS
    public static LostConnection of(Status status, boolean isTls) {
        List<Throwable> causes = causes(status.getCause());
        String texts = String.valueOf(status.getDescription()) + " " + causes;
        if (has(causes, UnknownHostException.class) || texts.contains("Unable to resolve host")) {
            return new LostConnection("its name is not known here", false);
        }
        if (has(causes, ConnectException.class) && texts.contains("refused")) {
            return new LostConnection("connection refused", false);
        }
        return isTls ? ofTls(causes, texts) : ofPlainText(texts);
    }

    private static LostConnection ofPlainText(String texts) {
        if (texts.contains("not SETTINGS") && texts.contains(ALERT_HEX)) {
            return new LostConnection(
                    "it does not take plain text; if it has TLS, write the address as https://HOST:PORT", true);
        }
        // Some TLS servers hang up without an alert. So does a process that is being killed, and it comes back.
        if (texts.contains("Network closed for unknown reason")) {
            return new LostConnection("it hangs up; if it has TLS, write the address as https://HOST:PORT", false);
        }
        return new LostConnection("connection lost", false);
    }

    private static LostConnection ofTls(List<Throwable> causes, String texts) {
        if (texts.contains("NotSslRecordException") || texts.contains("not an SSL/TLS record")) {
            return new LostConnection("it speaks plain text, without TLS: write the address as HOST:PORT", true);
        }
        if (has(causes, CertificateExpiredException.class)) {
            return new LostConnection("its certificate has expired", true);
        }
        if (has(causes, CertificateNotYetValidException.class)) {
            return new LostConnection("its certificate is not valid yet (is a clock wrong?)", true);
        }
        if (texts.contains("No subject alternative") || texts.contains("No name matching")) {
            return new LostConnection("its certificate is of another host name", true);
        }
        if (has(causes, CertPathBuilderException.class) || texts.contains("PKIX path")) {
            return new LostConnection(
                    "its certificate is of an unknown authority: name the authority's file (--ca-file, "
                            + WireSettings.AUTHORITIES + ")",
                    true);
        }
        String alerts = texts.toLowerCase(Locale.ROOT);
        if (alerts.contains("received fatal alert")) {
            boolean isAboutClient = alerts.contains("certificate") || alerts.contains("unknown_ca");
            return new LostConnection(
                    isAboutClient
                            ? "it refuses the client certificate, or asks for one (--client-cert and --client-key, "
                                    + WireSettings.CERTIFICATE + " and " + WireSettings.KEY + ")"
                            : "it refuses the TLS connection",
                    true);
        }
        // A process that is killed during the handshake looks like this, too.
        return new LostConnection(has(causes, SSLException.class) ? "TLS failed" : "connection lost", false);
    }

    private static List<Throwable> causes(Throwable outer) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = outer; cause != null && causes.size() < 20; cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    private static boolean has(List<Throwable> causes, Class<? extends Throwable> kind) {
        return causes.stream().anyMatch(kind::isInstance);
    }
}

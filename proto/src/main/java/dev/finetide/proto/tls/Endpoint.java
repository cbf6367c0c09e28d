package dev.finetide.proto.tls;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Address of a gRPC service.
///
/// @param host   name or IP address, an IPv6 address in brackets
/// @param isTls  whether the address says `https://`
public record Endpoint(String host, int port, boolean isTls) {
    private static final Pattern FORM =
            Pattern.compile("(https://)?([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})/?");
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");
    private static final int LAST_PORT = 65_535;

    /// Reads `HOST:PORT` or `https://HOST:PORT`.
    ///
    /// @throws IllegalArgumentException if the text is neither
    public static Endpoint of(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches() || Integer.parseInt(form.group(3)) > LAST_PORT) {
            throw new IllegalArgumentException("address " + text + ": expected https://HOST:PORT, or HOST:PORT");
        }
        return new Endpoint(form.group(2), Integer.parseInt(form.group(3)), form.group(1) != null);
    }

    /// Returns whether the address cannot leave this machine. A name other than `localhost` can: who
    /// answers for names decides where it leads.
    public boolean isLoopback() {
        return LOOPBACK.matcher(host.toLowerCase(Locale.ROOT)).matches();
    }

    /// Returns host:port.
    public String authority() {
        return host + ":" + port;
    }
}

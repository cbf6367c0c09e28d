package dev.finetide.dataset.source;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.time.Moment;
import dev.finetide.proto.errors.v1.ErrorReason;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.util.Timeout;
import org.jboss.logging.Logger;

/// Reads files by https. A connection that breaks is opened again at the byte where it broke, if the server says that
/// the file is still the same. Never connects to an address that is not public, and follows redirects only within a
/// host or to hosts of the settings. Thread-safe.
final class HttpsSource implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(HttpsSource.class);
    private static final int MOST_REDIRECTS = 5;
    private static final int MOST_BREAKS = 5;

    private final SourceSettings settings;
    private final CloseableHttpClient client;

    HttpsSource(SourceSettings settings) {
        this.settings = settings;
        this.client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new PublicAddresses(settings.privateHosts()))
                        .setTlsSocketStrategy(new DefaultClientTlsStrategy(settings.tls()))
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(10, TimeUnit.SECONDS)
                                .setSocketTimeout(30, TimeUnit.SECONDS)
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setResponseTimeout(Timeout.ofSeconds(30))
                        .build())
                .disableRedirectHandling()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableAutomaticRetries()
                .setUserAgent("finetide")
                .build();
    }

    /// Opens a file.
    ///
    /// @throws ApiException INVALID_FIELD for an address that is refused or a file that the server does not give,
    ///     DEPENDENCY_UNAVAILABLE for a server that cannot be reached
    InputStream open(URI uri) {
        if (uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
            throw refused(uri, "is not https://HOST/PATH without user, password and fragment");
        }
        return new Download(uri);
    }

    @Override
    public void close() throws IOException {
        client.close();
    }

    private static ApiException refused(URI uri, String problem) {
        return ApiException.invalidField("files.uri", name(uri) + " " + problem);
    }

    private static ApiException unavailable(URI uri, String problem) {
        return ApiException.of(
                ErrorReason.DEPENDENCY_UNAVAILABLE, name(uri) + " " + problem, "dependency", "files.uri");
    }

    /// Names a file without its query, which may hold a signature.
    private static String name(URI uri) {
        return Printable.of("https://" + uri.getHost() + uri.getRawPath(), 200);
    }

    /// A file that is read once, over as many connections as it needs.
    private final class Download extends InputStream {
        private final URI uri;
        private final Moment began = Moment.now();
        private Optional<ClassicHttpResponse> response = Optional.empty();
        private InputStream body = InputStream.nullInputStream();
        private Optional<String> validator = Optional.empty();
        private long position;
        private long size = -1;
        private int breaks;

        Download(URI uri) {
            this.uri = uri;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            while (true) {
                try {
                    if (response.isEmpty()) {
                        connect();
                    }
                    int read = body.read(bytes, offset, length);
                    if (read < 0 && size >= 0 && position < size) {
                        throw new IOException("the connection ended after " + position + " of " + size + " bytes");
                    }
                    position += Math.max(0, read);
                    check();
                    return read;
                } catch (PublicAddresses.PrivateAddressException e) {
                    throw refused(uri, "is refused: its host has an address that is not public");
                } catch (UnknownHostException e) {
                    throw refused(uri, "has a host that is not known");
                } catch (IOException e) {
                    goOn();
                }
            }
        }

        private void check() {
            if (position > settings.largestBytes()) {
                throw refused(uri, "has more than " + settings.largestBytes() + " bytes");
            }
            if (Moment.now().since(began).compareTo(settings.longest()) > 0) {
                throw unavailable(
                        uri,
                        "was not read within " + settings.longest().toMinutes() + " minutes; " + position
                                + " bytes came");
            }
        }

        private void goOn() {
            close();
            breaks++;
            if (breaks > MOST_BREAKS || position > 0 && validator.isEmpty()) {
                throw unavailable(
                        uri,
                        position == 0
                                ? "cannot be reached"
                                : "broke after " + position + " bytes"
                                        + (validator.isEmpty() ? ", and its server cannot go on there" : ""));
            }
        }

        private void connect() throws IOException {
            URI at = uri;
            for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
                HttpGet get = new HttpGet(at);
                get.setHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
                if (position > 0) {
                    get.setHeader(HttpHeaders.RANGE, "bytes=" + position + "-");
                    get.setHeader(HttpHeaders.IF_RANGE, validator.orElseThrow());
                }
                ClassicHttpResponse answer = client.executeOpen(null, get, null);
                response = Optional.of(answer);
                int code = answer.getCode();
                if (code == 301 || code == 302 || code == 303 || code == 307 || code == 308) {
                    at = redirect(at, answer);
                    close();
                    continue;
                }
                take(answer);
                return;
            }
            throw refused(uri, "redirects more than " + MOST_REDIRECTS + " times");
        }

        private URI redirect(URI from, ClassicHttpResponse answer) {
            Header location = answer.getFirstHeader(HttpHeaders.LOCATION);
            URI to;
            try {
                to = from.resolve(location == null ? "" : location.getValue());
            } catch (IllegalArgumentException e) {
                throw refused(uri, "redirects to what is no address");
            }
            if (!"https".equals(to.getScheme()) || to.getHost() == null || to.getUserInfo() != null) {
                throw refused(uri, "redirects to an address that is not https://HOST/PATH");
            }
            if (!to.getHost().equals(from.getHost())
                    && !settings.redirectHosts().contains(to.getHost())) {
                throw refused(
                        uri,
                        "redirects to another host, " + Printable.of(to.getHost(), 100)
                                + ", which dataset.sources.redirect-hosts does not name");
            }
            return to;
        }

        private void take(ClassicHttpResponse answer) throws IOException {
            int code = answer.getCode();
            if (code >= 500 || code == 429) {
                throw new IOException("the server answers " + code);
            }
            if (position > 0 && code != 206) {
                throw unavailable(uri, "changed while it was read, after " + position + " bytes");
            }
            if (code != 200 && code != 206) {
                throw refused(uri, "is answered with status " + code);
            }
            if (answer.getEntity() == null) {
                return;
            }
            long length = answer.getEntity().getContentLength();
            if (position == 0) {
                size = length;
                validator = Optional.ofNullable(answer.getFirstHeader(HttpHeaders.ETAG))
                        .map(Header::getValue)
                        .filter(etag -> !etag.startsWith("W/"))
                        .or(() -> Optional.ofNullable(answer.getFirstHeader(HttpHeaders.LAST_MODIFIED))
                                .map(Header::getValue));
            } else if (size >= 0 && length >= 0 && position + length != size) {
                throw unavailable(
                        uri, "changed while it was read: it had " + size + " bytes, now " + (position + length));
            }
            if (size > settings.largestBytes()) {
                throw refused(uri, "has " + size + " bytes, at most " + settings.largestBytes() + " are read");
            }
            body = answer.getEntity().getContent();
        }

        @Override
        public void close() {
            if (response.isPresent()) {
                ClassicHttpResponse answer = response.get();
                response = Optional.empty();
                body = InputStream.nullInputStream();
                try {
                    answer.close();
                } catch (IOException broken) {
                    // A connection that broke, or that is left before its end, says so once more.
                    LOG.debug("connection closed with", broken);
                }
            }
        }
    }
}

package dev.finetide.kubernetes;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/// Proxy in front of the API server that makes faults: it answers requests itself, loses answers, and cuts watches. A
/// connection carries one request, so that the first line identifies the request. Thread-safe.
final class FaultyProxy implements AutoCloseable {
    private static final int LONGEST_HEAD = 64 << 10;

    /// A fault for the next requests whose first line matches.
    ///
    /// @param status    HTTP status to answer; 0 passes the request on and loses the API server's answer
    private record Fault(String firstLine, int status, AtomicInteger times) {}

    private final URI server;
    private final SSLSocketFactory tls;
    private final ServerSocket entrance;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile Fault fault = new Fault("", 0, new AtomicInteger());

    FaultyProxy(Config cluster) throws IOException {
        server = URI.create(cluster.getMasterUrl());
        tls = trusting(cluster.getCaCertData());
        entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    private static SSLSocketFactory trusting(String ca) throws IOException {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            trusted.setCertificateEntry(
                    "ca",
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(
                                    new ByteArrayInputStream(Base64.getDecoder().decode(ca))));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /// Returns a configuration for the same cluster and account through this proxy.
    Config over(Config cluster) {
        return new ConfigBuilder(cluster)
                .withMasterUrl("http://127.0.0.1:" + entrance.getLocalPort())
                .withHttp2Disable(true)
                .build();
    }

    /// Makes the proxy answer the next requests itself.
    ///
    /// @param firstLine regular expression for lines such as `POST /apis/batch/v1/… HTTP/1.1`
    void answer(String firstLine, int status, int times) {
        fault = new Fault(firstLine, status, new AtomicInteger(times));
    }

    /// Makes the proxy pass the next requests on and lose the API server's answers.
    void loseAnswers(String firstLine, int times) {
        fault = new Fault(firstLine, 0, new AtomicInteger(times));
    }

    /// Returns how many of the announced faults are still to come.
    int pending() {
        return Math.max(0, fault.times().get());
    }

    /// Closes all open connections, above all watches.
    void cut() {
        open.forEach(FaultyProxy::close);
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            String firstLine = head.substring(0, Math.max(0, head.indexOf('\r')));
            Fault now = fault;
            boolean hit = now.times().get() > 0
                    && java.util.regex.Pattern.compile(now.firstLine())
                            .matcher(firstLine)
                            .find()
                    && now.times().decrementAndGet() >= 0;
            if (hit && now.status() > 0) {
                refuse(client, now.status());
            } else if (!head.isEmpty()) {
                pass(client, head, hit);
            }
        } catch (IOException cut) {
            // A broken connection is the purpose of this proxy.
        } finally {
            open.remove(client);
        }
    }

    private void pass(Socket client, String head, boolean loseAnswer) throws IOException {
        try (Socket api = tls.createSocket(server.getHost(), server.getPort())) {
            open.add(api);
            boolean upgrade = head.toLowerCase(java.util.Locale.ROOT).contains("\r\nupgrade:");
            String sent = upgrade ? head : head.replaceFirst("\r\n", "\r\nConnection: close\r\n");
            api.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            Thread.ofVirtual().start(() -> pump(client, api));
            if (loseAnswer) {
                api.getInputStream().read(); // the API server has carried out the request
            } else {
                api.getInputStream().transferTo(client.getOutputStream());
            }
        } finally {
            open.removeIf(Socket::isClosed);
        }
    }

    private static void pump(Socket from, Socket to) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[8 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                out.flush();
            }
        } catch (IOException cut) {
            close(to);
        }
    }

    private static void refuse(Socket client, int status) throws IOException {
        String body = """
                {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the road answers %d","code":%d}""".formatted(status, status);
        String answer =
                "HTTP/1.1 %d Fault\r\nContent-Type: application/json\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                        .formatted(status, body.length(), body);
        client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        client.shutdownOutput();
        client.getInputStream().transferTo(OutputStream.nullOutputStream());
    }

    /// Reads the request up to and including the empty line; empty if the client sends nothing.
    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int end = 0;
        while (end < 4) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            if (head.size() == LONGEST_HEAD) {
                throw new IOException("a request's head is longer than " + LONGEST_HEAD + " bytes");
            }
            head.write(next);
            end = next == "\r\n\r\n".charAt(end) ? end + 1 : next == '\r' ? 1 : 0;
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            // A connection that fails to close is closed.
        }
    }

    @Override
    public void close() throws IOException {
        entrance.close();
        cut();
    }
}

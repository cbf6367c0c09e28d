package dev.finetide.kit.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands between a client and a server, slows their bytes down, and cuts connections at moments that a test chooses.
public final class FaultyProxy implements AutoCloseable {
    /// A moment at which a connection is cut.
    public enum Cut {
        NEVER,
        /// Before the server gets the bytes.
        BEFORE,
        /// After the server has got the bytes, and before the client gets an answer.
        AFTER
    }

    /// Decides about the bytes that a client sends.
    public interface Decision {
        Cut about(String text);
    }

    private final ServerSocket listening;
    private final InetSocketAddress server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Duration delay = Duration.ZERO;
    private volatile Decision decision = _ -> Cut.NEVER;

    public FaultyProxy(String host, int port) throws IOException {
        this.server = new InetSocketAddress(host, port);
        this.listening = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /// Delays each message of a client by this time.
    public void delay(Duration by) {
        delay = by;
    }

    public void cutWhere(Decision decides) {
        decision = decides;
    }

    /// Returns the number of messages that clients have sent.
    public int requests() {
        return requests.get();
    }

    public void cutAll() {
        open.forEach(FaultyProxy::cut);
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                Socket target = new Socket();
                open.add(client);
                open.add(target);
                target.connect(server);
                AtomicBoolean silent = new AtomicBoolean();
                Thread.ofVirtual().start(() -> pump(client, target, true, silent));
                Thread.ofVirtual().start(() -> pump(target, client, false, silent));
            } catch (IOException closedOrRefused) {
                // the client sees it
            }
        }
    }

    /// @param silent whether the server's answers are dropped
    private void pump(Socket from, Socket to, boolean requesting, AtomicBoolean silent) {
        byte[] buffer = new byte[1 << 16];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                if (requesting && !pass(Arrays.copyOf(buffer, count), out, silent)) {
                    return;
                }
                if (!requesting && !silent.get()) {
                    out.write(buffer, 0, count);
                }
            }
        } catch (IOException cut) {
            // both ends see it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private boolean pass(byte[] bytes, OutputStream out, AtomicBoolean silent)
            throws IOException, InterruptedException {
        requests.incrementAndGet();
        TimeUnit.MILLISECONDS.sleep(delay.toMillis());
        Cut cut = decision.about(new String(bytes, StandardCharsets.ISO_8859_1));
        if (cut == Cut.BEFORE) {
            return false;
        }
        silent.set(cut == Cut.AFTER);
        out.write(bytes);
        out.flush();
        if (cut == Cut.AFTER) {
            TimeUnit.MILLISECONDS.sleep(50); // the server acts on what it has got
            return false;
        }
        return true;
    }

    private static void cut(Socket socket) {
        try {
            socket.close();
        } catch (IOException alreadyClosed) {
            // cut all the same
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        cutAll();
    }
}

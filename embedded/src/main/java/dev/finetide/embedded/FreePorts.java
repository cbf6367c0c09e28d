package dev.finetide.embedded;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/// Finds free loopback ports, for tests and for starts that may take any port.
public final class FreePorts {

    private FreePorts() {}

    /// Picks `count` different free ports that no process of this user has picked in the last minutes. They are not
    /// reserved, so use them soon.
    public static synchronized List<Integer> pick(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        long now = System.currentTimeMillis();
        try (PickedPorts picked = PickedPorts.open(EmbeddedPostgres.userCache().resolve("ports"), now)) {
            while (ports.size() < count) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                if (picked.add(socket.getLocalPort(), now)) {
                    ports.add(socket.getLocalPort());
                }
            }
            return List.copyOf(ports);
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
    }

    /// Tells whether a server could listen on this loopback port now.
    public static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            // The servers set this option, too: a port whose last connections are still closing is free.
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

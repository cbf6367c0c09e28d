package dev.finetide.kit.rpc;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;

/// Speaks HTTP/2 frame by frame, as no library would.
final class RawConnection implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RESET = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GO_AWAY = 7;
    static final int CONTINUATION = 9;
    static final int END_OF_HEADERS = 4;

    private final Socket socket;
    private final OutputStream wire;
    private final DataInputStream answers;

    /// A frame that the server sent.
    record Frame(int type, int flags, int stream, byte[] payload) {
        /// Returns the value of a setting; -1 if the frame has none of this number.
        long setting(int number) {
            for (ByteBuffer pairs = ByteBuffer.wrap(payload); pairs.remaining() >= 6; ) {
                int key = pairs.getShort();
                long value = Integer.toUnsignedLong(pairs.getInt());
                if (key == number) {
                    return value;
                }
            }
            return -1;
        }
    }

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.wire = socket.getOutputStream();
        this.answers = new DataInputStream(socket.getInputStream());
        socket.setSoTimeout(180_000);
    }

    /// Connects and says what each client of HTTP/2 says first.
    static RawConnection open(int port) throws IOException {
        RawConnection connection = silent(port);
        connection.wire.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        connection.send(SETTINGS, 0, 0, new byte[0]);
        connection.flush();
        return connection;
    }

    /// Connects and says nothing.
    static RawConnection silent(int port) throws IOException {
        return new RawConnection(new Socket("127.0.0.1", port));
    }

    /// Returns the headers of a call, each as a literal.
    ///
    /// @param method full name of the method
    static byte[] headers(String method) {
        ByteArrayOutputStream headers = new ByteArrayOutputStream();
        for (List<String> header : List.of(
                List.of(":method", "POST"),
                List.of(":scheme", "http"),
                List.of(":path", "/" + method),
                List.of(":authority", "localhost"),
                List.of("content-type", "application/grpc"),
                List.of("te", "trailers"))) {
            headers.write(0);
            for (String text : header) {
                headers.write(text.length());
                headers.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
            }
        }
        return headers.toByteArray();
    }

    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        wire.write(ByteBuffer.allocate(9)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .array());
        wire.write(payload);
    }

    void flush() throws IOException {
        wire.flush();
    }

    /// Returns the first frame of a kind; waits for it.
    Frame await(Predicate<Frame> wanted) throws IOException {
        while (true) {
            int lengthAndType = answers.readInt();
            int flags = answers.readUnsignedByte();
            int stream = answers.readInt();
            byte[] payload = new byte[lengthAndType >>> 8];
            answers.readFully(payload);
            Frame frame = new Frame(lengthAndType & 0xff, flags, stream, payload);
            if (wanted.test(frame)) {
                return frame;
            }
        }
    }

    /// Waits until the server has closed the connection.
    void awaitEnd() throws IOException {
        try {
            while (answers.read(new byte[8_192]) >= 0) {
                // Only the end counts.
            }
        } catch (java.net.SocketException reset) {
            // The server closed while it had bytes of ours.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}

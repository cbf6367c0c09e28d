package dev.finetide.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/// The ports that processes of this user have picked lately and may not listen on yet. The kernel counts such a port as
/// free and gives it to the next who asks: of two stacks that start together, one would find a port of its own taken.
/// Whoever has this open holds a lock on the file.
final class PickedPorts implements AutoCloseable {
    /// Longer than a start of all parts takes on a busy machine.
    private static final Duration LATELY = Duration.ofMinutes(5);

    private final FileChannel file;
    private final Map<Integer, Long> millisByPort = new TreeMap<>();

    private PickedPorts(FileChannel file) {
        this.file = file;
    }

    /// Waits until no other process has the file open.
    static PickedPorts open(Path path, long nowMillis) throws IOException {
        Files.createDirectories(path.getParent());
        FileChannel file = FileChannel.open(
                path,
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
        try {
            file.lock();
            PickedPorts picked = new PickedPorts(file);
            picked.read(nowMillis);
            return picked;
        } catch (IOException | RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    private void read(long nowMillis) throws IOException {
        byte[] text = new byte[(int) Math.min(file.size(), 1 << 20)];
        ByteBuffer rest = ByteBuffer.wrap(text);
        while (rest.hasRemaining() && file.read(rest, rest.position()) >= 0) {
            // until the end
        }
        for (String line : new String(text, StandardCharsets.UTF_8).split("\n")) {
            if (line.matches("[0-9]{1,5} [0-9]{1,18}")) {
                String[] parts = line.split(" ");
                long millis = Long.parseLong(parts[1]);
                if (Math.abs(nowMillis - millis) < LATELY.toMillis()) {
                    millisByPort.put(Integer.parseInt(parts[0]), millis);
                }
            }
        }
    }

    /// Counts the port as picked. Returns false if it was already.
    boolean add(int port, long nowMillis) {
        return millisByPort.putIfAbsent(port, nowMillis) == null;
    }

    @Override
    public void close() throws IOException {
        try (file) {
            StringBuilder text = new StringBuilder();
            millisByPort.forEach((port, millis) ->
                    text.append(port).append(' ').append(millis).append('\n'));
            ByteBuffer bytes = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
            file.truncate(0);
            while (bytes.hasRemaining()) {
                file.write(bytes, bytes.position());
            }
        }
    }
}

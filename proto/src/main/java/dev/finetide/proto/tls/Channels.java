package dev.finetide.proto.tls;

import dev.finetide.proto.file.WatchedFiles;
import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.io.UncheckedIOException;

/// Opens channels to services by address: `https://HOST:PORT` has TLS, and `HOST:PORT` is plain text.
/// Plain text stays on this machine, because a token goes with every call, unless the settings allow
/// more.
public final class Channels {
    private static final System.Logger LOG = System.getLogger(Channels.class.getName());

    private final WireSettings settings;

    public Channels(WireSettings settings) {
        this.settings = settings;
    }

    /// Returns the channels of this process, by the settings in its environment.
    ///
    /// @throws IllegalArgumentException if the settings contradict each other
    public static Channels ofEnvironment() {
        return new Channels(WireSettings.ofEnvironment());
    }

    /// Returns whether channels with TLS show a client certificate.
    public boolean hasCertificate() {
        return settings.certificate().isPresent();
    }

    /// Begins a channel, which connects at its first call.
    ///
    /// @param address `https://HOST:PORT`, or `HOST:PORT`
    /// @throws IllegalArgumentException if the address is neither, or plain text would leave this
    ///     machine
    /// @throws UncheckedIOException if a file of certificates cannot be used; the message names it
    public ManagedChannelBuilder<?> open(String address) {
        Endpoint endpoint = Endpoint.of(address);
        if (!endpoint.isTls() && !endpoint.isLoopback() && !settings.allowsPlainText()) {
            throw new IllegalArgumentException(address + " is another machine, and plain text would show your token on"
                    + " the way: write https://" + address + ", or allow plain text by " + WireSettings.PLAIN_TEXT
                    + "=true where the network is closed");
        }
        ChannelCredentials credentials = endpoint.isTls() ? tls() : InsecureChannelCredentials.create();
        return Grpc.newChannelBuilder("dns:///" + endpoint.authority(), credentials);
    }

    private ChannelCredentials tls() {
        TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
        settings.authorities()
                .ifPresent(file -> credentials.trustManager(
                        read("file of authorities", () -> new AuthorityFile(file, Channels::tell))));
        settings.certificate()
                .ifPresent(file -> credentials.keyManager(read(
                        "client certificate",
                        () -> new KeyFiles(file, settings.key().orElseThrow(), Channels::tell))));
        return credentials.build();
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private static <T> T read(String what, Reading<T> reading) {
        try {
            return reading.read();
        } catch (IOException unusable) {
            throw new UncheckedIOException(what + ": " + WatchedFiles.message(unusable), unusable);
        }
    }

    private static void tell(String fault) {
        LOG.log(System.Logger.Level.ERROR, "changed file of certificates not used, the one of before stays: " + fault);
    }
}

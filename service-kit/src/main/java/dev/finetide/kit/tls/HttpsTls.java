package dev.finetide.kit.tls;

import io.quarkus.vertx.http.HttpServerOptionsCustomizer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.TrustOptions;
import jakarta.inject.Singleton;

/// Gives HTTPS the certificate of the gRPC server: each new connection has the one that the files have then. Callers
/// are asked for a certificate and need none, because probes have none.
@Singleton
public final class HttpsTls implements HttpServerOptionsCustomizer {
    private final ServerTls tls;

    HttpsTls(ServerTls tls) {
        this.tls = tls;
    }

    @Override
    public void customizeHttpsServer(HttpServerOptions server) {
        tls.own().ifPresent(files -> server.setKeyCertOptions(KeyCertOptions.wrap(files)));
        tls.callers()
                .ifPresent(authorities ->
                        server.setTrustOptions(TrustOptions.wrap(authorities)).setClientAuth(ClientAuth.REQUEST));
    }
}

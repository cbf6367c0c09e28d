package dev.finetide.kit.auth;

import dev.finetide.kit.store.Database;
import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.worker.v1.WorkerEvent;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.function.Supplier;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/// Makes and checks the tokens of this service's workers. They follow from a key that the service's first start has put
/// into its database, so all replicas know the tokens, and a restart forgets none. Thread-safe.
@Singleton
public final class AttemptTokens {
    private static final int KEY_BYTES = 32;

    private final Supplier<byte[]> source;
    private volatile byte[] key;

    @Inject
    AttemptTokens(Database database) {
        this(() -> stored(database));
    }

    private AttemptTokens(Supplier<byte[]> source) {
        this.source = source;
    }

    /// Returns tokens by a random key that nobody else knows, for a process that has no database.
    public static AttemptTokens ofRandomKey() {
        byte[] random = newKey();
        return new AttemptTokens(() -> random);
    }

    private static byte[] newKey() {
        byte[] random = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(random);
        return random;
    }

    private static byte[] stored(Database database) {
        return database.transact(() -> database.with(handle -> {
            handle.createUpdate("insert into service_key (id, secret) values (1, :secret) on conflict do nothing")
                    .bind("secret", newKey())
                    .execute();
            return handle.createQuery("select secret from service_key where id = 1")
                    .mapTo(byte[].class)
                    .one();
        }));
    }

    private byte[] key() {
        byte[] known = key;
        if (known == null) {
            known = source.get();
            key = known;
        }
        return known;
    }

    /// Returns the token of an attempt.
    public String of(String resource, int attempt) {
        return AttemptToken.of(key(), resource, attempt);
    }

    boolean fits(String token, String resource, int attempt) {
        return AttemptToken.same(token, of(resource, attempt));
    }

    /// Returns whether a report comes from the worker of the attempt that it names.
    ///
    /// @param value bytes of the report, as they came
    public boolean isSealed(WorkerEvent event, byte[] value, Headers headers) {
        Header seal = headers.lastHeader(AttemptToken.SEAL_HEADER);
        return seal != null
                && seal.value() != null
                && AttemptToken.same(
                        new String(seal.value(), StandardCharsets.UTF_8),
                        AttemptToken.seal(of(event.getResource(), event.getAttempt()), value));
    }
}

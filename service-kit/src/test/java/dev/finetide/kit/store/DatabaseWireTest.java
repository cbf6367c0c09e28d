package dev.finetide.kit.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.proto.tls.WireSettings;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows travel in plain text on this machine alone.
class DatabaseWireTest {
    private static final WireSettings CLOSED = WireSettings.of(Map.of());
    private static final WireSettings OPEN = WireSettings.of(Map.of(WireSettings.PLAIN_TEXT, "true"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://127.0.0.1:9132/postgres?currentSchema=eval",
                "jdbc:postgresql://localhost/postgres",
                "jdbc:postgresql://[::1]:5432/postgres?sslmode=disable",
                "jdbc:postgresql:postgres",
                "jdbc:postgresql://db.example:5432/finetide?currentSchema=eval&sslmode=verify-full&sslrootcert=/ca.crt",
                "jdbc:postgresql://one.example,two.example/finetide?sslmode=verify-ca"
            })
    void aWireThatNobodyElseReadsIsTaken(String url) {
        DatabaseWire.require(url, CLOSED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://db.example:5432/finetide?currentSchema=eval&password=s3cret",
                "jdbc:postgresql://db.example/finetide?sslmode=prefer&password=s3cret",
                "jdbc:postgresql://db.example/finetide?sslmode=require&password=s3cret",
                "jdbc:postgresql://db.example/finetide?sslmode=disable&password=s3cret",
                "jdbc:postgresql://127.0.0.1,db.example/finetide?password=s3cret",
                "jdbc:postgresql://10.0.0.7/finetide?password=s3cret"
            })
    void aWireThatOthersMayReadNeedsLeave(String url) {
        assertThatThrownBy(() -> DatabaseWire.require(url, CLOSED))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("sslmode=verify-full")
                .hasMessageContaining(WireSettings.PLAIN_TEXT)
                .hasMessageNotContaining("s3cret");
        DatabaseWire.require(url, OPEN);
    }
}

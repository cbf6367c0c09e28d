package dev.finetide.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.DriverManager;
import org.junit.jupiter.api.Test;

class SharedInfrastructureIT {

    @Test
    void givesOneKafkaAndOnePostgresForTheWholeJvm() throws Exception {
        long started = System.nanoTime();
        SharedInfrastructure infrastructure = SharedInfrastructure.get();
        System.out.printf("shared infrastructure: %d ms%n", (System.nanoTime() - started) / 1_000_000);

        KafkaClient client = new KafkaClient(infrastructure.bootstrapServers());
        client.createTopic("shared");
        client.send("shared", "x");
        assertThat(client.readAll("shared")).containsExactly("x");
        try (Connection connection = DriverManager.getConnection(infrastructure.jdbcUrl("dataset"))) {
            assertThat(connection.isValid(1)).isTrue();
        }
        assertThat(SharedInfrastructure.get()).isSameAs(infrastructure);
    }
}

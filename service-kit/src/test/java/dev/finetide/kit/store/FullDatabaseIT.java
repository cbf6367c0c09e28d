package dev.finetide.kit.store;

import static dev.finetide.kit.embedded.Patience.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.rpc.ErrorInfo;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.embedded.FreePorts;
import dev.finetide.embedded.ProcessGuard;
import dev.finetide.kit.error.GrpcErrors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.ds.PGSimpleDataSource;

/// A real PostgreSQL on a tmpfs that is filled. Only root may mount one; the test is skipped, with a line that says so,
/// where the mount is refused.
class FullDatabaseIT {
    @TempDir
    Path directory;

    private Path disk;
    private ProcessGuard guard;
    private EmbeddedPostgres postgres;

    @BeforeEach
    void start() throws Exception {
        disk = Files.createDirectory(directory.resolve("disk"));
        boolean mounted = command("mount", "-t", "tmpfs", "-o", "size=160m,mode=755", "none", disk.toString());
        if (!mounted) {
            System.out.println("FullDatabaseIT skipped: this user may not mount a tmpfs");
        }
        assumeTrue(mounted, "may not mount a tmpfs");
        guard = ProcessGuard.start();
        postgres = new EmbeddedPostgres(
                disk.resolve("data"),
                FreePorts.pick(1).getFirst(),
                directory.resolve("postgres.log"),
                EmbeddedPostgres.userCache(),
                guard);
        postgres.start();
    }

    @AfterEach
    void stop() throws Exception {
        if (postgres != null) {
            postgres.close();
            guard.close();
            command("umount", disk.toString());
        }
    }

    private Database database() throws IOException {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(postgres.jdbcUrl("full"));
        dataSource.setUser("postgres");
        dataSource.setPassword(postgres.password("postgres"));
        return new Database(TestSchema.migrated("full", dataSource));
    }

    /// Fills the disk, but for what the write-ahead log may still need in its present file.
    private void fill() throws IOException {
        byte[] block = new byte[1 << 16];
        try (OutputStream filler = Files.newOutputStream(disk.resolve("filler"))) {
            while (true) {
                filler.write(block);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static void write(Database database, int kilobytes) {
        database.with(handle ->
                handle.execute("insert into things select repeat('x', 1000) from generate_series(1, ?)", kilobytes));
    }

    private StorageCheck check(Database database) {
        return new StorageCheck(new StorageSpace(
                database, disk.resolve("blobs").toUri(), Path.of(System.getProperty("java.io.tmpdir"))));
    }

    @Test
    void aFullDiskIsToldByNameAndForgottenWhenThereIsRoom() throws Exception {
        Database database = database();
        database.with(handle -> handle.execute("create table things (filler text)"));
        StorageCheck check = check(database);
        write(database, 10);
        assertThat(check.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);

        fill();
        assertThatThrownBy(() -> write(database, 4_000)).satisfies(failure -> {
            assertThat(Database.isFull(failure)).as("%s", failure).isTrue();
            StatusRuntimeException status = GrpcErrors.toStatus(failure);
            assertThat(status.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(status.getStatus().getDescription()).contains("database has no space left");
            ErrorInfo info = StatusProto.fromThrowable(status).getDetails(0).unpack(ErrorInfo.class);
            assertThat(info.getReason()).isEqualTo("STORAGE_FULL");
            assertThat(info.getMetadataMap()).containsEntry("full", "postgresql");
        });
        await().during(Duration.ofSeconds(3)).until(() -> check.call().getStatus() == HealthCheckResponse.Status.DOWN);
        assertThat(check.call().getData().orElseThrow()).containsKeys("postgresql", "blobs");
        assertThat(count(database)).as("reads go on").isEqualTo(10);

        Files.delete(disk.resolve("filler"));
        await().until(() -> check.call().getStatus() == HealthCheckResponse.Status.UP);
        write(database, 4_000);
        assertThat(count(database)).isEqualTo(4_010);
    }

    private static long count(Database database) {
        return database.with(handle -> handle.createQuery("select count(*) from things")
                .mapTo(Long.class)
                .one());
    }

    @Test
    void aBucketAndADirectoryThatIsNotMadeYetAreNotFull() throws Exception {
        Database database = database();
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        assertThat(new StorageSpace(database, URI.create("s3://bucket/prefix"), temporary).full())
                .isEmpty();
        assertThat(new StorageSpace(database, disk.resolve("not/made").toUri(), temporary).full())
                .isEmpty();
    }

    private static boolean command(String... command) throws InterruptedException {
        try {
            return new ProcessBuilder(Stream.of(command).toList())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException missing) {
            return false; // no such program on this system
        }
    }
}

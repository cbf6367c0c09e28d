package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.Timestamps;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.embedded.Infrastructure;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.TestSchema;
import dev.finetide.proto.model.v1.Base;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class PostgresBaseStoreIT extends BaseStoreContract {
    @Override
    BaseStore store() {
        return new PostgresBaseStore(TestSchema.fresh());
    }

    @Test
    void filesOfBasesFromBeforeThereWereOwnersBelongToTheirProjectsAndCount() {
        // Given
        PGSimpleDataSource old = new PGSimpleDataSource();
        old.setUrl(Infrastructure.get().jdbcUrl(""));
        old.setCurrentSchema("before_owners");
        old.setUser("postgres");
        Flyway.configure()
                .dataSource(old)
                .schemas("before_owners")
                .locations("db/kit", "db/migration")
                .target("3")
                .load()
                .migrate();
        Database database = new Database(old);
        BaseStore store = new PostgresBaseStore(database);
        Base one = withFiles("projects/p/bases/one", "config", "weights");
        Base two = withFiles("projects/q/bases/two", "config");
        Base deleted = withFiles("projects/q/bases/deleted", "old");
        for (Base base : List.of(one, two, deleted)) {
            database.with(handle ->
                    handle.execute("insert into bases (name, body) values (?, ?)", base.getName(), base.toByteArray()));
        }
        store.bury(deleted.toBuilder().setDeleteTime(Timestamps.fromSeconds(1)).build());

        // When
        TestSchema.migrated("before_owners", old);

        // Then
        List<String> all = List.of(sha256("config"), sha256("weights"), sha256("old"), one.getDigest());
        assertThat(store.owned("projects/p", all)).containsExactlyInAnyOrder(sha256("config"), sha256("weights"));
        assertThat(store.owned("projects/q", all)).containsExactly(sha256("config"));
        for (int again = 0; again < 2; again++) {
            assertThat(store.bytes("projects/p")).isEqualTo(2_000_000_014L);
            assertThat(store.bytes("projects/q")).isEqualTo(1_000_000_007L);
        }
    }

    private static Base withFiles(String name, String... contents) {
        Base.Builder base = Base.newBuilder().setName(name).setDigest(sha256(name));
        for (String content : contents) {
            base.addFilesBuilder()
                    .setPath(content + ".json")
                    .setSizeBytes(1_000_000_007)
                    .setSha256(sha256(content))
                    .setBlobKey(BlobRef.ofContent(0, sha256(content)).key());
        }
        return base.build();
    }

    private static String sha256(String text) {
        return Sha256.hex(BasesTest.bytes(text));
    }
}

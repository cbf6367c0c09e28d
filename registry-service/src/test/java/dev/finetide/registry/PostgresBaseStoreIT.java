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
    void filesOfBasesFromBeforeThereWereOwnersBelongToTheirProjects() {
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
        BaseStore store = new PostgresBaseStore(new Database(old));
        Base one = withFiles("projects/p/bases/one", "config", "weights");
        Base two = withFiles("projects/q/bases/two", "config");
        Base deleted = withFiles("projects/q/bases/deleted", "old");
        List.of(one, two, deleted).forEach(store::add);
        store.bury(deleted.toBuilder().setDeleteTime(Timestamps.fromSeconds(1)).build());

        // When
        TestSchema.migrated("before_owners", old);

        // Then
        List<String> all = List.of(sha256("config"), sha256("weights"), sha256("old"), one.getDigest());
        assertThat(store.owned("projects/p", all)).containsExactlyInAnyOrder(sha256("config"), sha256("weights"));
        assertThat(store.owned("projects/q", all)).containsExactly(sha256("config"));
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

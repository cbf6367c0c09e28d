package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.kit.catalog.GrpcCatalog;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrpcRunCatalogTest {
    @TempDir
    Path directory;

    private BlobStore blobs;
    private GrpcRunCatalog catalog;

    @BeforeEach
    void open() throws IOException {
        blobs = BlobStores.open(directory.toUri());
        catalog = new GrpcRunCatalog(new GrpcCatalog("127.0.0.1:1", "127.0.0.1:1"), blobs);
    }

    @AfterEach
    void close() {
        catalog.close();
    }

    @Test
    void aBaseSaysItsContext() throws IOException {
        assertThat(catalog.context(aBase("{\"max_position_embeddings\": 512, \"rope_scaling\": null}")))
                .hasValue(512);
        assertThat(catalog.context(aBase("{}"))).isEmpty();
        assertThat(catalog.context(aBase("{\"max_position_embeddings\": \"many\"}")))
                .isEmpty();
        assertThat(catalog.context(Base.getDefaultInstance())).isEmpty();
    }

    @Test
    void aConfigThatIsNoJsonIsTheBasesFault() throws IOException {
        Base broken = aBase("not JSON");
        assertThatThrownBy(() -> catalog.context(broken))
                .isInstanceOf(ApiException.class)
                .hasMessage("config.base: projects/default/bases/tiny: config.json is not a JSON object");
    }

    @Test
    void aServiceThatCannotBeReachedIsNamed() {
        assertThatThrownBy(() -> catalog.base(FakeCatalog.BASE)).isInstanceOfSatisfying(ApiException.class, refused -> {
            assertThat(refused.reason()).isEqualTo(ErrorReason.DEPENDENCY_UNAVAILABLE);
            assertThat(refused.metadata()).containsEntry("dependency", "registry-service");
        });
    }

    private Base aBase(String config) throws IOException {
        BlobRef blob = blobs.putContent(config.getBytes(StandardCharsets.UTF_8));
        return Base.newBuilder()
                .setName(FakeCatalog.BASE)
                .addFiles(BlobFile.newBuilder()
                        .setPath("config.json")
                        .setBlobKey(blob.key())
                        .setSizeBytes(blob.size())
                        .setSha256(blob.sha256()))
                .build();
    }
}

package dev.finetide.kit.store;

import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.time.Clock;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/// Makes the collaborators that every service is built with.
final class StoreBeans {
    private StoreBeans() {}

    @Produces
    @Singleton
    static Clock clock() {
        return Clock.systemUTC();
    }

    @Produces
    @Singleton
    static BlobStore blobs(@ConfigProperty(name = "finetide.blobs.uri") URI uri) throws IOException {
        return BlobStores.open(uri);
    }
}

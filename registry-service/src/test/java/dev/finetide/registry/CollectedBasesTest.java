package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Checks which files of bases stay in the blob store: those that a base names, and those that a client
/// still counts on.
class CollectedBasesTest {
    private static final String PROJECT = "projects/default";
    private static final Duration GRACE = Duration.ofDays(3);

    @TempDir
    Path directory;

    private final ManualClock clock = new ManualClock();
    private final BaseStore store = new InMemoryBaseStore(clock);
    private final InMemoryBlobStore blobs = new InMemoryBlobStore(clock);
    private final Bases bases = new Bases(store, new InMemoryModelStore(), blobs, GRACE, TestLimits.none(), clock);

    private BlobCollection collection(BlobStore stored, BaseStore known, Clock now) {
        return new BlobCollection(
                stored,
                BaseBlobs.PREFIX,
                BaseBlobs::file,
                GRACE,
                new BaseBlobs(known, GRACE),
                new SimpleMeterRegistry(),
                now);
    }

    private int collected() throws IOException {
        return collection(blobs, store, clock).collect().blobs();
    }

    private static Map<String, byte[]> aModel(String readme) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", BasesTest.bytes(Safetensors.config(4)));
        files.put("tokenizer.json", BasesTest.bytes("{\"version\":\"1.0\"}"));
        files.put("model.safetensors", Safetensors.weights(4));
        files.put("README.md", BasesTest.bytes(readme));
        return files;
    }

    private static BlobFile announced(String path, byte[] content) {
        return BlobFile.newBuilder()
                .setPath(path)
                .setSizeBytes(content.length)
                .setSha256(Sha256.hex(content))
                .build();
    }

    private static CreateBaseRequest uploaded(Bases bases, String id, Map<String, byte[]> files) throws IOException {
        CreateBaseRequest.Builder request =
                CreateBaseRequest.newBuilder().setParent("projects/default").setBaseId(id);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            BlobFile announced = announced(file.getKey(), file.getValue());
            bases.upload(PROJECT, announced, new ByteArrayInputStream(file.getValue()));
            request.addFiles(announced);
        }
        return request.build();
    }

    @Test
    void filesOfADeletedBaseGoUnlessAnotherBaseHasThem() throws IOException {
        Base one = bases.create(uploaded(bases, "one", aModel("one")));
        Base two = bases.create(uploaded(bases, "two", aModel("two")));
        clock.advance(GRACE.plusDays(1));
        bases.delete(DeleteBaseRequest.newBuilder().setName(one.getName()).build());
        assertThat(collected()).as("work may have begun before the deletion").isZero();

        clock.advance(GRACE.plusSeconds(1));
        assertThat(collected()).isEqualTo(1);
        assertThat(blobs.list("")).extracting(BlobEntry::key).doesNotContain(key("one"));
        assertThat(bases.get(two.getName()).getFilesList())
                .allSatisfy(file -> assertThat(blobs.exists(file.getBlobKey())).isTrue());
    }

    @Test
    void filesThatNoBaseNamesGoAfterTheGraceTime() throws IOException {
        uploaded(bases, "never", aModel("abandoned"));
        clock.advance(GRACE);
        assertThat(collected()).isZero();
        clock.advance(Duration.ofSeconds(1));
        assertThat(collected()).isEqualTo(4);
        assertThat(blobs.list("")).isEmpty();
    }

    @Test
    void aFileStaysThatAClientWasToldAbout() throws IOException {
        Map<String, byte[]> files = aModel("old");
        CreateBaseRequest request = uploaded(bases, "late", files);
        clock.advance(GRACE.plusDays(1));
        assertThat(bases.missing(
                        PROJECT,
                        request.getFilesList().stream().map(BlobFile::getSha256).toList()))
                .isEmpty();
        clock.advance(GRACE.minusSeconds(1));
        assertThat(collected()).isZero();
        bases.create(request);

        clock.advance(GRACE.multipliedBy(2));
        assertThat(collected()).isZero();
    }

    @Test
    void aFileThatAClientAsksForWhileTheStoreIsListedStays() throws IOException {
        CreateBaseRequest request = uploaded(bases, "late", aModel("old"));
        clock.advance(GRACE.plusDays(1));
        BaseBlobs owner = new BaseBlobs(store, GRACE);
        List<String> told =
                request.getFilesList().stream().map(BlobFile::getSha256).toList();
        BlobCollection.Owner asked = new BlobCollection.Owner() {
            @Override
            public Set<String> needed(Set<String> old) {
                return owner.needed(old);
            }

            @Override
            public boolean delete(String key, BlobCollection.Deletion deletion) throws IOException {
                bases.missing(PROJECT, told);
                return owner.delete(key, deletion);
            }
        };

        new BlobCollection(blobs, BaseBlobs.PREFIX, BaseBlobs::file, GRACE, asked, new SimpleMeterRegistry(), clock)
                .collect();

        assertThat(blobs.list("")).hasSize(4);
    }

    @Test
    void aProjectNoLongerHasAFileThatWasDeleted() throws IOException {
        CreateBaseRequest request = uploaded(bases, "late", aModel("old"));
        List<String> digests =
                request.getFilesList().stream().map(BlobFile::getSha256).toList();
        clock.advance(GRACE.plusDays(1));
        assertThat(collected()).isEqualTo(4);

        for (Map.Entry<String, byte[]> file : aModel("old").entrySet()) {
            bases.upload(
                    "projects/other",
                    announced(file.getKey(), file.getValue()),
                    new ByteArrayInputStream(file.getValue()));
        }

        assertThat(bases.missing("projects/other", digests)).isEmpty();
        assertThat(bases.missing(PROJECT, digests)).isEqualTo(digests);
    }

    private static String key(String readme) {
        return BlobRef.ofContent(0, Sha256.hex(BasesTest.bytes(readme))).key();
    }

    /// A hundred faults of clients and of the service on a real directory; the seed is in the name of
    /// the test.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void afterAHundredFaultsTheFilesAreThoseThatABaseNames(long seed) throws IOException {
        Random random = new Random(seed);
        BlobStore disk = BlobStores.open(directory.toUri());
        InMemoryBaseStore known = new InMemoryBaseStore();
        Bases service = new Bases(known, new InMemoryModelStore(), disk, GRACE, TestLimits.none(), Clock.systemUTC());
        List<String> alive = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            fault(service, random, i, alive);
        }

        Clock later = Clock.fixed(Clock.systemUTC().instant().plus(GRACE.multipliedBy(2)), ZoneOffset.UTC);
        // The store as the service sees it after that time: what it held is free.
        InMemoryBaseStore seen = new InMemoryBaseStore(later);
        for (String name : alive) {
            seen.add(known.find(name).orElseThrow());
        }
        collection(disk, seen, later).collect();

        Set<String> named = alive.stream()
                .flatMap(name -> known.find(name).orElseThrow().getFilesList().stream())
                .map(BlobFile::getBlobKey)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(alive).as("seed " + seed).isNotEmpty();
        assertThat(files()).as("seed " + seed).isEqualTo(named);
    }

    private void fault(Bases service, Random random, int number, List<String> alive) throws IOException {
        Map<String, byte[]> files = aModel("base " + random.nextInt(40));
        switch (random.nextInt(6)) {
            case 0 -> // a client that sends other bytes than it announced
                assertThatThrownBy(() -> service.upload(
                                PROJECT,
                                announced("README.md", BasesTest.bytes("announced " + number)),
                                new ByteArrayInputStream(BasesTest.bytes("sent " + number))))
                        .hasMessageContaining("not those announced");
            case 1 -> // a client that goes away in the middle, or a bug
                assertThatThrownBy(() -> service.upload(
                                PROJECT,
                                announced("README.md", new byte[200_000]),
                                breaking(random.nextInt(150_000), random.nextInt(3))))
                        .isNotNull();
            case 2 -> // a client that never names what it sent
                uploaded(service, "never", files);
            case 3 -> { // a base that is refused
                files.put("config.json", BasesTest.bytes("{\"number\": " + number + "}"));
                CreateBaseRequest request = uploaded(service, "refused-" + number, files);
                assertThatThrownBy(() -> service.create(request)).isNotNull();
            }
            case 4 -> { // a base that is deleted
                Base base = service.create(uploaded(service, "deleted-" + number, files));
                service.delete(
                        DeleteBaseRequest.newBuilder().setName(base.getName()).build());
            }
            default ->
                alive.add(service.create(uploaded(service, "base-" + number, files))
                        .getName());
        }
    }

    private static InputStream breaking(int after, int kind) {
        return new InputStream() {
            private int left = after;

            @Override
            public int read() throws IOException {
                if (left-- > 0) {
                    return 0;
                }
                switch (kind) {
                    case 0 -> throw new IOException("the client has gone");
                    case 1 -> throw new IllegalStateException("a bug");
                    default -> throw new StackOverflowError();
                }
            }
        };
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}

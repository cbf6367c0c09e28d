package dev.finetide.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.InMemoryBlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.kit.limit.TestLimits;
import dev.finetide.kit.time.ManualClock;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A base of small files that would cost much: what is read, and for how long, is bounded.
class BoundedBasesTest {
    private static final String PROJECT = "projects/default";

    private final InMemoryBaseStore store = new InMemoryBaseStore();
    private final InMemoryBlobStore stored = new InMemoryBlobStore();
    private final AtomicLong bytesRead = new AtomicLong();
    private Runnable beforeRead = () -> {};

    private final BlobStore blobs = (BlobStore) Proxy.newProxyInstance(
            BlobStore.class.getClassLoader(), new Class<?>[] {BlobStore.class}, (_, method, arguments) -> {
                try {
                    Object answer = method.invoke(stored, arguments);
                    return method.getName().equals("open") ? counted((InputStream) answer) : answer;
                } catch (InvocationTargetException e) {
                    throw e.getCause();
                }
            });
    private final Bases bases =
            new Bases(store, new InMemoryModelStore(), blobs, Duration.ofDays(3), TestLimits.none(), new ManualClock());

    private InputStream counted(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                beforeRead.run();
                int n = super.read(buffer, offset, length);
                bytesRead.addAndGet(Math.max(n, 0));
                return n;
            }
        };
    }

    private static Map<String, byte[]> aModel() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", BasesTest.bytes(Safetensors.config(4)));
        files.put("tokenizer.json", BasesTest.bytes("{\"version\":\"1.0\"}"));
        files.put("model.safetensors", Safetensors.weights(4));
        return files;
    }

    private CreateBaseRequest request(Map<String, byte[]> files) throws IOException {
        CreateBaseRequest.Builder request =
                CreateBaseRequest.newBuilder().setParent("projects/default").setBaseId("tiny");
        Map<byte[], BlobRef> known = new IdentityHashMap<>();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            BlobRef blob = known.get(file.getValue());
            if (blob == null) {
                blob = stored.putContent(file.getValue());
                store.own(PROJECT, blob.sha256());
                known.put(file.getValue(), blob);
            }
            request.addFiles(BlobFile.newBuilder()
                    .setPath(file.getKey())
                    .setSizeBytes(blob.size())
                    .setSha256(blob.sha256()));
        }
        return request.build();
    }

    @Test
    void aJsonThatManyPathsNameIsReadOnce() throws IOException {
        Map<String, byte[]> files = aModel();
        byte[] large = ("{\"a\":\"" + "x".repeat(100_000) + "\"}").getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 900; i++) {
            files.put("extra/" + i + ".json", large);
        }

        bases.create(request(files));

        assertThat(bytesRead.get()).isLessThan(3L * large.length);
    }

    @Test
    void aHeaderThatManyPathsNameIsReadOnce() throws IOException {
        Map<String, byte[]> files = aModel();
        String metadata = "{\"__metadata__\":{\"a\":\"" + "x".repeat(1_000_000) + "\"}}";
        byte[] weights = Safetensors.file(metadata, 0);
        for (int i = 0; i < 900; i++) {
            files.put("more-" + i + ".safetensors", weights);
        }

        assertThatThrownBy(() -> bases.create(request(files))).hasMessageContaining("holds no weights of the model");
        assertThat(bytesRead.get()).isLessThan(3L * weights.length);
    }

    @Test
    void theHeadersOfABaseAreBoundedTogether() throws IOException {
        Map<String, byte[]> files = aModel();
        for (int i = 0; i < 4; i++) {
            String metadata = "{\"__metadata__\":{\"a\":\"" + i + "x".repeat(10_000_000) + "\"}}";
            files.put("more-" + i + ".safetensors", Safetensors.file(metadata, 0));
        }

        assertThatThrownBy(() -> bases.create(request(files)))
                .hasMessageContaining("files[more-3.safetensors]")
                .hasMessageContaining("the headers of the base have");
    }

    @Test
    void jsonFilesAreBoundedTogetherBeforeOneIsRead() throws IOException {
        Map<String, byte[]> files = aModel();
        byte[] large = new byte[16 << 20];
        for (int i = 0; i < 8; i++) {
            files.put("extra/" + i + ".json", large);
        }

        assertThatThrownBy(() -> bases.create(request(files))).hasMessageContaining("files[extra/7.json]: is too much");
        assertThat(bytesRead.get()).isZero();
    }

    @Test
    void anIndexOf40MegabytesIsRefusedUnread() throws IOException {
        Map<String, byte[]> files = aModel();
        files.put("model.safetensors.index.json", new byte[40 << 20]);

        assertThatThrownBy(() -> bases.create(request(files)))
                .hasMessageContaining("files[model.safetensors.index.json]: is 41943040 bytes large, at most 16777216");
        assertThat(bytesRead.get()).isZero();
    }

    @Test
    void moreNamesThanAnyVocabularyHasAreRefused() throws IOException {
        Map<String, byte[]> files = aModel();
        String names = IntStream.rangeClosed(0, 1_500_000)
                .mapToObj(i -> "\"" + Integer.toString(i, 36) + "\":0")
                .collect(Collectors.joining(","));
        files.put("tokenizer.json", ("{" + names + "}").getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> bases.create(request(files)))
                .hasMessageContaining("files[tokenizer.json]: has more than 1500000 members");
    }

    @Test
    void theCheckEndsWithTheCallersDeadline() throws IOException {
        Map<String, byte[]> files = aModel();
        files.put("tokenizer.json", ("{\"a\":\"" + "x".repeat(8 << 20) + "\"}").getBytes(StandardCharsets.UTF_8));
        CreateBaseRequest request = request(files);
        try (Context.CancellableContext call = Context.current().withCancellation()) {
            beforeRead = () -> {
                if (bytesRead.get() > 1 << 20) {
                    call.cancel(new TimeoutException("deadline"));
                }
            };

            StatusRuntimeException ended =
                    catchThrowableOfType(StatusRuntimeException.class, () -> call.call(() -> bases.create(request)));

            assertThat(ended.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(bytesRead.get()).isLessThan(2 << 20);
        }
    }

    @Test
    void aListOfDigestsEndsWithTheCallersDeadline() {
        try (Context.CancellableContext call = Context.current().withCancellation()) {
            call.cancel(new TimeoutException("deadline"));

            assertThatThrownBy(() -> call.call(() ->
                            bases.missing(PROJECT, List.of(Sha256.hex("x".getBytes(StandardCharsets.UTF_8))))))
                    .isInstanceOf(StatusRuntimeException.class);
        }
    }
}

package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class TraceTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "00-" + TRACE + "-b7ad6b7169203331-01";

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    @Test
    void withoutACollectorTheTraceIsPassedOn() throws IOException {
        try (Trace trace = Trace.start("train", Map.of("TRACEPARENT", PARENT))) {
            assertThat(trace.inSpan("train", () -> 42)).isEqualTo(42);
            assertThat(trace.traceparent()).isEqualTo(PARENT);
        }
    }

    @Test
    void withoutATraceNothingIsPassedOn() {
        try (Trace trace = Trace.start("train", Map.of("TRACEPARENT", "x".repeat(10_000)))) {
            assertThat(trace.traceparent()).isEmpty();
        }
    }

    /// Exports by gRPC, OTLP's default; `TraceIT` exports by HTTP.
    @Test
    void spansGoToTheCollectorBeforeTheWorkerEnds() throws IOException {
        List<byte[]> requests = new CopyOnWriteArrayList<>();
        Server collector = collector(requests).start();
        try {
            String attempt;
            try (Trace trace = Trace.start(
                    "train",
                    Map.of(
                            "TRACEPARENT",
                            PARENT,
                            "OTEL_EXPORTER_OTLP_ENDPOINT",
                            "http://127.0.0.1:" + collector.getPort()))) {
                trace.describe("projects/default/trainingRuns/1", 1, 2);
                attempt = trace.traceparent();
                assertThatThrownBy(() -> trace.inSpan("load model", () -> {
                            throw new IOException("its text stays out of the trace");
                        }))
                        .isInstanceOf(IOException.class);
            }

            String sent = requests.stream()
                    .map(request -> new String(request, StandardCharsets.ISO_8859_1))
                    .reduce("", String::concat);
            assertThat(attempt).startsWith("00-" + TRACE).isNotEqualTo(PARENT);
            assertThat(sent)
                    .contains("gpu-worker", "worker train", "load model", "projects/default/trainingRuns/1")
                    .contains(binary(TRACE), binary("b7ad6b7169203331"), binary(attempt.split("-")[2]))
                    .doesNotContain("its text");
        } finally {
            collector.shutdownNow();
        }
    }

    private static String binary(String hex) {
        return new String(HexFormat.of().parseHex(hex), StandardCharsets.ISO_8859_1);
    }

    private static Server collector(List<byte[]> requests) {
        MethodDescriptor<byte[], byte[]> export = MethodDescriptor.newBuilder(BYTES, BYTES)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName("opentelemetry.proto.collector.trace.v1.TraceService/Export")
                .build();
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerServiceDefinition.builder("opentelemetry.proto.collector.trace.v1.TraceService")
                        .addMethod(export, ServerCalls.asyncUnaryCall((request, observer) -> {
                            requests.add(request);
                            observer.onNext(new byte[0]);
                            observer.onCompleted();
                        }))
                        .build())
                .build();
    }
}

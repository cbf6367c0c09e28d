package dev.finetide.kit.launch;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStores;
import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Plays the attempt of a worker that has no model: claims it, and sends every report twice.
public final class StandInAttempt implements AutoCloseable {
    private static final String TOPIC = "finetide.worker.v1";

    private final WorkerSpec spec;
    private final ClaimAttemptResponse claim;
    private final KafkaProducer<String, byte[]> producer;
    private long sequence;

    private StandInAttempt(WorkerSpec spec, ClaimAttemptResponse claim) {
        this.spec = spec;
        this.claim = claim;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", spec.getBootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    /// Returns the `finetide.worker.command` of a program in the test's own classes.
    public static String command(Class<?> program) {
        return String.join(
                "\n",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName());
    }

    /// Returns the specification that a program was started with.
    ///
    /// @param arguments arguments of a worker: `train` or `evaluate`, `--spec` and the file
    public static WorkerSpec spec(String[] arguments) throws IOException {
        WorkerSpec.Builder spec = WorkerSpec.newBuilder();
        JsonFormat.parser().merge(Files.readString(Path.of(arguments[2])), spec);
        return spec.build();
    }

    public static StandInAttempt claim(WorkerSpec spec) {
        ManagedChannel channel = ManagedChannelBuilder.forTarget(spec.getServiceEndpoint())
                .usePlaintext()
                .build();
        try {
            return new StandInAttempt(
                    spec,
                    AttemptServiceGrpc.newBlockingStub(channel)
                            .withCallCredentials(BearerToken.of(spec.getAttemptToken()))
                            .claimAttempt(ClaimAttemptRequest.newBuilder()
                                    .setResource(spec.getResource())
                                    .setAttempt(spec.getAttempt())
                                    .build()));
        } finally {
            channel.shutdownNow();
        }
    }

    public WorkerSpec spec() {
        return spec;
    }

    public ClaimAttemptResponse claim() {
        return claim;
    }

    /// Stores a file of zeros below the attempt's prefix.
    ///
    /// @param name folder and name of the file; a file's path is its name
    public BlobFile stored(String name, int bytes) throws IOException {
        BlobRef blob = BlobStores.open(URI.create(spec.getBlobsUri()))
                .put(
                        spec.getBlobPrefix() + "attempts/" + claim.getEpoch() + "/" + name,
                        new ByteArrayInputStream(new byte[bytes]));
        return BlobFile.newBuilder()
                .setPath(name.substring(name.lastIndexOf('/') + 1))
                .setSizeBytes(blob.size())
                .setSha256(blob.sha256())
                .setBlobKey(blob.key())
                .build();
    }

    public void report(WorkerEvent.Builder event) {
        event.setResource(spec.getResource())
                .setAttempt(spec.getAttempt())
                .setEpoch(claim.getEpoch())
                .setSequence(++sequence);
        producer.send(record(spec, event.build()));
        producer.send(record(spec, event.build()));
    }

    /// Returns a report with the seal of the attempt's worker.
    public static ProducerRecord<String, byte[]> record(WorkerSpec spec, WorkerEvent event) {
        byte[] value = event.toByteArray();
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(TOPIC, spec.getResource(), value);
        record.headers()
                .add(
                        AttemptToken.SEAL_HEADER,
                        AttemptToken.seal(spec.getAttemptToken(), value).getBytes(StandardCharsets.UTF_8));
        return record;
    }

    /// Ends the program without another report.
    public void die(int exitCode) {
        producer.flush();
        Runtime.getRuntime().halt(exitCode);
    }

    /// Returns when the broker has all reports.
    @Override
    public void close() {
        producer.close();
    }
}

package dev.finetide.worker;

import com.github.luben.zstd.ZstdOutputStream;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.BlobStores;
import dev.finetide.embedded.SharedInfrastructure;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.training.v1.LoraConfig;
import dev.finetide.proto.training.v1.Method;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc.AttemptServiceImplBase;
import dev.finetide.proto.worker.v1.CheckAttemptRequest;
import dev.finetide.proto.worker.v1.CheckAttemptResponse;
import dev.finetide.proto.worker.v1.Checkpoint;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.TrainTask;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/// Runs real training workers as processes, on the demo's base, with a stand-in of training-service that fences epochs
/// and remembers checkpoints.
final class TrainerStage implements AutoCloseable {
    /// Many more than a worker computes in the quarter of a second for which it keeps its steps back.
    static final int STEPS = 240;

    private static final int ROWS = 64;

    private final Path directory;
    private final String run = "projects/default/trainingRuns/run-" + UUID.randomUUID();
    private final BlobStore blobs;
    private final Server server;
    private final WorkerSpec spec;
    private final List<WorkerEvent> events = new CopyOnWriteArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final Thread consumer;
    private volatile boolean closed;

    // The service's memory of the run, guarded by this object.
    private long epoch;
    private boolean ended;

    TrainerStage(Path directory) throws Exception {
        this.directory = directory;
        Files.createDirectories(directory);
        this.blobs = BlobStores.open(directory.resolve("blobs").toUri());
        String kafka = SharedInfrastructure.get().bootstrapServers();
        createTopic(kafka);
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                .addService(new Attempts())
                .build()
                .start();
        this.spec = spec(kafka);
        this.consumer = Thread.ofPlatform().daemon().start(() -> consume(kafka));
    }

    private static void createTopic(String kafka) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
            admin.createTopics(List.of(new NewTopic(WorkerReports.TOPIC, 1, (short) 1)))
                    .all()
                    .get(3, TimeUnit.MINUTES);
        } catch (java.util.concurrent.ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private WorkerSpec spec(String kafka) throws IOException {
        TrainingConfig config = TrainingConfig.newBuilder()
                .setMethod(Method.LORA)
                .setLora(LoraConfig.newBuilder().setRank(4).setAlpha(8).setDropout(0.1))
                .setLearningRate(1e-3)
                .setBatchSize(4)
                .setMaxSteps(STEPS)
                .setMaxGradNorm(1)
                .setSeed(7)
                .setThreads(1)
                .setDevice("cpu")
                .setCheckpointEverySteps(5)
                .setSaveTotalLimit(2)
                .build();
        return WorkerSpec.newBuilder()
                .setResource(run)
                .setServiceEndpoint("127.0.0.1:" + server.getPort())
                .setBootstrapServers(kafka)
                .setAttemptToken("fta_1_of-the-test")
                .setBlobsUri(directory.resolve("blobs").toUri().toString())
                .setBlobPrefix("trainingRuns/default/run/")
                .setBase(Base.newBuilder()
                        .setName("projects/default/bases/demo")
                        .addAllFiles(stored(Path.of("../demo/base"))))
                .setDatasetVersion(DatasetVersion.newBuilder()
                        .setName("projects/default/datasets/d/versions/1")
                        .setTrainRows(ROWS)
                        .setRowFormat(RowFormat.PROMPT_COMPLETION)
                        .addShards(rows()))
                .setTrain(TrainTask.newBuilder().setConfig(config))
                .setTemplateTime(Timestamp.newBuilder().setSeconds(1_767_225_600))
                .build();
    }

    private List<BlobFile> stored(Path base) throws IOException {
        List<BlobFile> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(base).sorted()) {
            for (Path file : all.toList()) {
                files.add(file(file.getFileName().toString(), blobs.putContent(Files.readAllBytes(file))));
            }
        }
        return files;
    }

    private BlobFile rows() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZstdOutputStream out = new ZstdOutputStream(bytes)) {
            for (int i = 0; i < ROWS; i++) {
                String row = "{\"prompt\":\"My parcel number %d is late.\",\"completion\":\"%s\"}\n"
                        .formatted(i, i % 2 == 0 ? "delivery" : "billing");
                out.write(row.getBytes(StandardCharsets.UTF_8));
            }
        }
        return file("train/00000.jsonl.zst", blobs.putContent(bytes.toByteArray()));
    }

    private static BlobFile file(String path, BlobRef blob) {
        return BlobFile.newBuilder()
                .setPath(path)
                .setSizeBytes(blob.size())
                .setSha256(blob.sha256())
                .setBlobKey(blob.key())
                .build();
    }

    /// Starts the worker of an attempt, as the service does after it has lost the one before.
    Process launch(int attempt) throws IOException {
        Path files = Files.createDirectories(directory.resolve("attempt-" + attempt));
        Path file = files.resolve("spec.json");
        Files.writeString(file, JsonFormat.printer().print(spec.toBuilder().setAttempt(attempt)));
        Process worker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        absoluteClassPath(),
                        Main.class.getName(),
                        "train",
                        "--spec=" + file)
                .directory(files.toFile())
                .redirectErrorStream(true)
                .redirectOutput(files.resolve("worker.log").toFile())
                .start();
        processes.add(worker);
        return worker;
    }

    private static String absoluteClassPath() {
        return String.join(
                ":",
                Stream.of(System.getProperty("java.class.path").split(":"))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
    }

    /// Returns the directory below which the attempt's worker keeps its scratch files.
    Path files(int attempt) {
        return directory.resolve("attempt-" + attempt);
    }

    String log(int attempt) throws IOException {
        return Files.readString(files(attempt).resolve("worker.log"));
    }

    /// Returns every report that was sent, of any epoch, in order.
    List<WorkerEvent> events() {
        return List.copyOf(events);
    }

    synchronized long epoch() {
        return epoch;
    }

    /// Returns the steps that a worker reported, in order; several attempts may report one step.
    List<TrainingProgress> steps(long ofEpoch) {
        return events.stream()
                .filter(event -> event.hasStep() && event.getEpoch() == ofEpoch)
                .flatMap(event -> Stream.concat(event.getEarlierStepsList().stream(), Stream.of(event.getStep())))
                .toList();
    }

    private void consume(String kafka) {
        try (KafkaConsumer<String, byte[]> reader = new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka, "group.id", run, "auto.offset.reset", "earliest"),
                new StringDeserializer(),
                new ByteArrayDeserializer())) {
            reader.subscribe(List.of(WorkerReports.TOPIC));
            while (!closed) {
                for (ConsumerRecord<String, byte[]> record : reader.poll(Duration.ofMillis(100))) {
                    if (run.equals(record.key())) {
                        take(WorkerEvent.parseFrom(record.value()));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private synchronized void take(WorkerEvent event) {
        events.add(event);
        ended |= event.getEpoch() == epoch && event.hasTrainingFinished();
    }

    private final class Attempts extends AttemptServiceImplBase {
        @Override
        public void claimAttempt(ClaimAttemptRequest request, StreamObserver<ClaimAttemptResponse> observer) {
            ClaimAttemptResponse.Builder claim = ClaimAttemptResponse.newBuilder();
            synchronized (TrainerStage.this) {
                List<Checkpoint> newestFirst = events.stream()
                        .filter(WorkerEvent::hasCheckpoint)
                        .map(WorkerEvent::getCheckpoint)
                        .toList()
                        .reversed();
                newestFirst.stream().findFirst().ifPresent(claim::setResumeFrom);
                newestFirst.stream().skip(1).forEach(claim::addEarlierCheckpoints);
                claim.setEpoch(++epoch);
            }
            observer.onNext(claim.build());
            observer.onCompleted();
        }

        @Override
        public void checkAttempt(CheckAttemptRequest request, StreamObserver<CheckAttemptResponse> observer) {
            boolean writer;
            synchronized (TrainerStage.this) {
                writer = !ended && request.getEpoch() == epoch;
            }
            if (writer) {
                observer.onNext(CheckAttemptResponse.getDefaultInstance());
                observer.onCompleted();
            } else {
                observer.onError(Status.FAILED_PRECONDITION
                        .withDescription("may not write")
                        .asRuntimeException());
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        closed = true;
        consumer.join();
        server.shutdownNow();
    }
}

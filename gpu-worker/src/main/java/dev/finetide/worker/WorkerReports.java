package dev.finetide.worker;

import com.google.protobuf.Timestamp;
import dev.finetide.proto.auth.AttemptToken;
import dev.finetide.proto.event.CloudEventHeaders;
import dev.finetide.proto.event.KafkaSettings;
import dev.finetide.proto.training.v1.TrainingProgress;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// Sends the reports of one worker to the service that owns the run. Reports keep their order and carry the epoch and
/// a sequence number that counts up by one, and the seal of the attempt. The first is a heartbeat, and after five
/// silent seconds another one is
/// sent. Steps that are faster than four a second share a report, because a report costs the service about ten
/// milliseconds.
///
/// Training never waits for the broker: reports queue in memory until the broker answers. Thread-safe.
final class WorkerReports implements AutoCloseable {
    static final String TOPIC = "finetide.worker.v1";
    private static final Duration HEARTBEAT = Duration.ofSeconds(5);
    private static final int RETRY_MS = 500;
    private static final int LOOK_MS = 100;
    private static final Duration STEPS_EVERY = Duration.ofMillis(250);

    /// The most steps of a report, so that it stays far below the broker's limit however long the broker was away.
    private static final int MOST_STEPS = 1000;

    private final WorkerSpec spec;
    private final long epoch;
    private final String traceparent;
    private final KafkaProducer<String, byte[]> producer;
    private final LinkedBlockingQueue<WorkerEvent.Builder> queue = new LinkedBlockingQueue<>();
    private final CountDownLatch drained = new CountDownLatch(1);
    private final ScheduledExecutorService heartbeats = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("heartbeat").daemon().factory());
    private final Progress progress;
    private final Consumer<WorkerFailure> leave;
    private final AtomicLong taken = new AtomicLong();
    private volatile boolean isKnown;
    private long reported;
    private long lastReportNanos;
    private volatile boolean saidTheLast;
    private volatile boolean closing;

    // Used by the sender thread only.
    private long sequence;
    private long stepsSentNanos = System.nanoTime() - STEPS_EVERY.toNanos();

    /// Connects to the broker and starts sending.
    ///
    /// @param traceparent trace context that every report carries, in W3C's form; empty without a trace
    /// @param progress    progress that heartbeats tell
    /// @param broker      address of the broker and this worker's login ([KafkaSettings])
    /// @param leave       ends the process, because nobody will learn what it does
    /// @throws WorkerFailure BAD_CONFIGURATION if no client can be made of Kafka's settings
    WorkerReports(
            WorkerSpec spec,
            long epoch,
            String traceparent,
            Progress progress,
            Map<String, Object> broker,
            Consumer<WorkerFailure> leave) {
        this.spec = spec;
        this.epoch = epoch;
        this.traceparent = traceparent;
        this.progress = progress;
        this.leave = leave;
        this.producer = open(broker);
        beat();
        Thread.ofPlatform().name("worker-reports").daemon().start(this::send);
        heartbeats.scheduleAtFixedRate(this::heartbeat, 1, 1, TimeUnit.SECONDS);
    }

    private static KafkaProducer<String, byte[]> open(Map<String, Object> broker) {
        Map<String, Object> settings = new HashMap<>(broker);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, Integer.MAX_VALUE);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, 1_000L);
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 5);
        try {
            return new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        } catch (KafkaException unusable) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, KafkaSettings.problem(unusable), unusable);
        }
    }

    /// Queues a report. The resource, epoch and time are set here, and the sequence number when the report is sent.
    synchronized void report(WorkerEvent.Builder event) {
        Instant now = Instant.now();
        lastReportNanos = System.nanoTime();
        switch (event.getReportCase()) {
            case TRAINING_FINISHED, EVALUATION_FINISHED, REPORT_FINISHED, FAILED, STOPPED -> saidTheLast = true;
            case HEARTBEAT -> {}
            default -> progress.move();
        }
        reported++;
        queue.add(event.setResource(spec.getResource())
                .setAttempt(spec.getAttempt())
                .setEpoch(epoch)
                .setTime(Timestamp.newBuilder().setSeconds(now.getEpochSecond()).setNanos(now.getNano())));
    }

    private synchronized void heartbeat() {
        if (!closing && System.nanoTime() - lastReportNanos >= HEARTBEAT.toNanos()) {
            beat();
        }
    }

    private void beat() {
        report(WorkerEvent.newBuilder().setHeartbeat(progress.heartbeat()));
    }

    /// Returns whether the report was made after which the service ends the run or the attempt.
    boolean hasSaidTheLast() {
        return saidTheLast;
    }

    private void send() {
        try {
            while (!closing || !queue.isEmpty()) {
                WorkerEvent.Builder event = queue.poll(100, TimeUnit.MILLISECONDS);
                if (event != null) {
                    WorkerEvent.Builder whole = event.hasStep() ? withStepsThatFollow(event) : event;
                    sendUntilAccepted(record(whole.setSequence(++sequence).build()), 1 + whole.getEarlierStepsCount());
                }
            }
            producer.flush();
            drained.countDown();
        } catch (InterruptedException | org.apache.kafka.common.errors.InterruptException e) {
            Thread.currentThread().interrupt();
        }
    }

    private WorkerEvent.Builder withStepsThatFollow(WorkerEvent.Builder first) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(stepsSentNanos + STEPS_EVERY.toNanos() - System.nanoTime());
        stepsSentNanos = System.nanoTime();
        List<TrainingProgress> earlier = new ArrayList<>();
        WorkerEvent.Builder last = first;
        while (earlier.size() < MOST_STEPS && queue.peek() instanceof WorkerEvent.Builder next && next.hasStep()) {
            earlier.add(last.getStep());
            last = queue.remove();
        }
        return last.addAllEarlierSteps(earlier);
    }

    /// Sends a record, and tries again until the producer accepts it: the producer keeps an accepted record until the
    /// broker has it, but accepts none before it knows the topic. It says so by a failure, and throws nothing.
    ///
    /// @param reports number of reports in the record
    private void sendUntilAccepted(ProducerRecord<String, byte[]> record, int reports) throws InterruptedException {
        while (isNotAccepted(producer.send(record, (_, refusal) -> ended(reports, refusal)))) {
            TimeUnit.MILLISECONDS.sleep(RETRY_MS);
        }
    }

    private static boolean isNotAccepted(Future<?> sent) {
        return sent.state() == Future.State.FAILED && sent.exceptionNow() instanceof TimeoutException;
    }

    /// Leaves, because the broker does not let this worker report. One that it let in before may have a login that was
    /// replaced meanwhile, and the next attempt gets the new one.
    private void leave(Exception refusal) {
        WorkerFailure.Reason reason =
                isKnown ? WorkerFailure.Reason.UNREACHABLE : WorkerFailure.Reason.BAD_CONFIGURATION;
        leave.accept(new WorkerFailure(
                reason,
                "Kafka refuses this worker's reports (" + refusal.getClass().getSimpleName() + ": "
                        + refusal.getMessage() + "). Its user needs to write " + TOPIC + "; its login comes from "
                        + KafkaSettings.FILE + " and the variables KAFKA_SASL_ and KAFKA_SSL_",
                refusal));
    }

    /// Counts reports that the broker has, or will never have.
    private void ended(int reports, Exception refusal) {
        if (refusal instanceof TimeoutException) {
            return; // the producer has not accepted the record
        }
        if (refusal instanceof AuthenticationException || refusal instanceof AuthorizationException) {
            leave(refusal);
        } else if (refusal != null) {
            System.err.println("gpu-worker: the broker refused a report: " + refusal);
        } else {
            isKnown = true;
        }
        synchronized (taken) {
            taken.addAndGet(reports);
            taken.notifyAll();
        }
    }

    /// Waits until the broker has all reports that were made before this call.
    ///
    /// @param ended whether nobody needs to wait any more
    /// @return whether the broker has them
    boolean awaitTaken(BooleanSupplier ended) throws InterruptedException {
        long all;
        synchronized (this) {
            all = reported;
        }
        synchronized (taken) {
            while (taken.get() < all) {
                if (ended.getAsBoolean()) {
                    return false;
                }
                taken.wait(LOOK_MS);
            }
        }
        return true;
    }

    private ProducerRecord<String, byte[]> record(WorkerEvent event) {
        String resource = event.getResource();
        byte[] report = event.toByteArray();
        ProducerRecord<String, byte[]> record = new ProducerRecord<>(TOPIC, resource, report);
        // An event keeps its id however often it is sent.
        String id = UUID.nameUUIDFromBytes(
                        (resource + "/" + epoch + "/" + event.getSequence()).getBytes(StandardCharsets.UTF_8))
                .toString();
        Map.of(
                        CloudEventHeaders.SPEC_VERSION,
                        CloudEventHeaders.SPEC_VERSION_1_0,
                        CloudEventHeaders.ID,
                        id,
                        CloudEventHeaders.TYPE,
                        WorkerEvent.getDescriptor().getFullName(),
                        CloudEventHeaders.SOURCE,
                        "/gpu-worker",
                        CloudEventHeaders.SUBJECT,
                        resource,
                        "content-type",
                        "application/protobuf",
                        AttemptToken.SEAL_HEADER,
                        AttemptToken.seal(spec.getAttemptToken(), report))
                .forEach((name, value) -> record.headers().add(name, value.getBytes(StandardCharsets.UTF_8)));
        if (!traceparent.isEmpty()) {
            record.headers().add("traceparent", traceparent.getBytes(StandardCharsets.UTF_8));
        }
        return record;
    }

    /// Waits until the broker has all reports.
    ///
    /// @return false if the time is over first; the missing reports are lost, and the next attempt repeats the work
    boolean drain(Duration atMost) throws InterruptedException {
        closing = true;
        return drained.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        closing = true;
        heartbeats.shutdownNow();
        producer.close(Duration.ofSeconds(1));
    }
}

package dev.finetide.eval;

import com.google.protobuf.util.JsonFormat;
import dev.finetide.proto.evaluation.v1.EvaluationReport;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Variant;
import dev.finetide.proto.evaluation.v1.VariantMetrics;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.ExampleResults;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.proto.worker.v1.WorkerStarted;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/// A program that speaks an evaluating worker's part without a model: ten rows a batch, 50 ms each batch. What goes
/// wrong is told by the run's seed.
public final class StandInWorker {
    /// The first attempt dies without a word after three batches.
    static final int DIES_ONCE = 137;

    private final WorkerSpec spec;
    private final long epoch;
    private final KafkaProducer<String, byte[]> producer;
    private long sequence;

    private StandInWorker(WorkerSpec spec, long epoch) {
        this.spec = spec;
        this.epoch = epoch;
        this.producer = new KafkaProducer<>(
                Map.of("bootstrap.servers", spec.getBootstrapServers()),
                new StringSerializer(),
                new ByteArraySerializer());
    }

    public static void main(String[] arguments) throws Exception {
        WorkerSpec.Builder spec = WorkerSpec.newBuilder();
        JsonFormat.parser().merge(Files.readString(Path.of(arguments[2])), spec);
        ManagedChannel channel = ManagedChannelBuilder.forTarget(spec.getServiceEndpoint())
                .usePlaintext()
                .build();
        ClaimAttemptResponse claim = AttemptServiceGrpc.newBlockingStub(channel)
                .claimAttempt(ClaimAttemptRequest.newBuilder()
                        .setResource(spec.getResource())
                        .setAttempt(spec.getAttempt())
                        .build());
        channel.shutdownNow();
        new StandInWorker(spec.build(), claim.getEpoch()).evaluate();
    }

    private void evaluate() throws InterruptedException {
        report(WorkerEvent.newBuilder().setStarted(WorkerStarted.newBuilder().setDevice("stand-in")));
        long rows = spec.getDatasetVersion().getTestRows();
        for (long from = 0; from < rows; from += 10) {
            Thread.sleep(50);
            answer(Variant.BASE, from, Math.min(rows, from + 10));
            answer(Variant.TUNED, from, Math.min(rows, from + 10));
            boolean dies = spec.getEvaluate().getConfig().getSeed() == DIES_ONCE && spec.getAttempt() == 1;
            if (from == 20 && dies) {
                producer.flush();
                Runtime.getRuntime().halt(DIES_ONCE);
            }
        }
        report(WorkerEvent.newBuilder()
                .setEvaluationFinished(EvaluationReport.newBuilder()
                        .setBase(VariantMetrics.newBuilder().setRows(rows).setExactMatch(0.1))
                        .setTuned(VariantMetrics.newBuilder().setRows(rows).setExactMatch(0.9))));
        producer.close();
    }

    private void answer(Variant variant, long from, long to) {
        ExampleResults.Builder results = ExampleResults.newBuilder();
        for (long row = from; row < to; row++) {
            results.addResults(ExampleResult.newBuilder().setRow(row).setVariant(variant));
        }
        report(WorkerEvent.newBuilder().setResults(results));
    }

    private void report(WorkerEvent.Builder event) {
        event.setResource(spec.getResource()).setEpoch(epoch).setSequence(++sequence);
        byte[] value = event.build().toByteArray();
        producer.send(new ProducerRecord<>("finetide.worker.v1", spec.getResource(), value));
        producer.send(new ProducerRecord<>("finetide.worker.v1", spec.getResource(), value)); // every event twice
    }
}

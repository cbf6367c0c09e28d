package dev.finetide.worker;

import dev.finetide.blobs.BlobSession;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.evaluation.v1.EvaluationServiceGrpc;
import dev.finetide.proto.evaluation.v1.EvaluationUpdate;
import dev.finetide.proto.evaluation.v1.WatchEvaluationRequest;
import dev.finetide.proto.tls.Channels;
import dev.finetide.proto.tls.Endpoint;
import dev.finetide.proto.tls.LostConnection;
import dev.finetide.proto.worker.v1.AttemptServiceGrpc;
import dev.finetide.proto.worker.v1.BlobAccess;
import dev.finetide.proto.worker.v1.CheckAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptRequest;
import dev.finetide.proto.worker.v1.ClaimAttemptResponse;
import dev.finetide.proto.worker.v1.LendBlobAccessRequest;
import dev.finetide.proto.worker.v1.LendBlobAccessResponse;
import dev.finetide.proto.worker.v1.WorkerSpec;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// Calls the AttemptService of the service that owns the attempt. Thread-safe.
final class AttemptClient implements AutoCloseable {
    private static final Duration CLAIM_PATIENCE = Duration.ofMinutes(5);
    private static final int CLAIM_SECONDS = 10;
    private static final int CHECK_SECONDS = 5;
    private static final int LEND_SECONDS = 10;

    /// A parent that is not sampled, so that checks, which come every few seconds, make no spans.
    private static final String NO_TRACE = "00-00000000000000000000000000000001-0000000000000001-00";

    private final WorkerSpec spec;
    private final ManagedChannel channel;
    private final Trace trace;

    AttemptClient(WorkerSpec spec, Trace trace) {
        this.spec = spec;
        this.trace = trace;
        this.channel = opened(spec.getServiceEndpoint())
                .intercept(BearerToken.onEveryCall(spec::getAttemptToken))
                .build();
    }

    private static ManagedChannelBuilder<?> opened(String endpoint) {
        try {
            return Channels.ofEnvironment().open(endpoint);
        } catch (IllegalArgumentException | UncheckedIOException refused) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, refused.getMessage(), refused);
        }
    }

    /// Claims an epoch. Waits some minutes for a service that is being restarted.
    ///
    /// @throws WorkerFailure STALE_ATTEMPT when the attempt is over, BAD_CONFIGURATION when the service
    ///     refuses the token, UNREACHABLE when it does not answer or this process is told to stop
    ClaimAttemptResponse claim(StopSignal stop) throws InterruptedException {
        long began = System.nanoTime();
        while (true) {
            if (stop.raised()) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.UNREACHABLE, "told to stop before the attempt was claimed");
            }
            try {
                return AttemptServiceGrpc.newBlockingStub(channel)
                        .withInterceptors(trace.clientInterceptor())
                        .withDeadlineAfter(CLAIM_SECONDS, TimeUnit.SECONDS)
                        .claimAttempt(ClaimAttemptRequest.newBuilder()
                                .setResource(spec.getResource())
                                .setAttempt(spec.getAttempt())
                                .build());
            } catch (StatusRuntimeException e) {
                if (isOver(e)) {
                    throw new WorkerFailure(
                            WorkerFailure.Reason.STALE_ATTEMPT, e.getStatus().getDescription(), e);
                }
                if (isRefused(e)) {
                    throw new WorkerFailure(
                            WorkerFailure.Reason.BAD_CONFIGURATION,
                            e.getStatus().getDescription(),
                            e);
                }
                if (System.nanoTime() - began > CLAIM_PATIENCE.toNanos()) {
                    throw new WorkerFailure(
                            WorkerFailure.Reason.UNREACHABLE,
                            spec.getServiceEndpoint() + " does not answer: " + why(e),
                            e);
                }
                TimeUnit.SECONDS.sleep(1);
            }
        }
    }

    /// Asks whether an epoch is still the only writer.
    ///
    /// @return why it is not; empty while it is, or while the service does not answer
    Optional<String> refusal(long epoch) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER), NO_TRACE);
        try {
            AttemptServiceGrpc.newBlockingStub(channel)
                    .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                    .withDeadlineAfter(CHECK_SECONDS, TimeUnit.SECONDS)
                    .checkAttempt(CheckAttemptRequest.newBuilder()
                            .setResource(spec.getResource())
                            .setAttempt(spec.getAttempt())
                            .setEpoch(epoch)
                            .build());
            return Optional.empty();
        } catch (StatusRuntimeException e) {
            return isOver(e) ? Optional.of(String.valueOf(e.getStatus().getDescription())) : Optional.empty();
        }
    }

    /// Asks for credentials of the blob store.
    ///
    /// @return empty where the service lends none: this process then uses its own
    /// @throws IOException if the service does not answer, or takes another process for the writer
    Optional<BlobSession> borrowBlobAccess(long epoch) throws IOException {
        try {
            LendBlobAccessResponse answer = AttemptServiceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(LEND_SECONDS, TimeUnit.SECONDS)
                    .lendBlobAccess(LendBlobAccessRequest.newBuilder()
                            .setResource(spec.getResource())
                            .setAttempt(spec.getAttempt())
                            .setEpoch(epoch)
                            .build());
            return answer.hasAccess() ? Optional.of(session(answer.getAccess())) : Optional.empty();
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() == Status.Code.UNIMPLEMENTED) {
                return Optional.empty(); // a service from before it could lend
            }
            throw new IOException(
                    spec.getServiceEndpoint() + " lends no access to the blob store: "
                            + (isAnswered(e) ? e.getStatus().getDescription() : why(e)),
                    e);
        }
    }

    /// Tells whether the service itself answered, and not the connection ended.
    private static boolean isAnswered(StatusRuntimeException failure) {
        com.google.rpc.Status answer = StatusProto.fromThrowable(failure);
        return isOver(failure) || answer != null && answer.getDetailsCount() > 0;
    }

    private static BlobSession session(BlobAccess access) {
        return new BlobSession(
                access.getAccessKeyId(),
                access.getSecretAccessKey(),
                access.getSessionToken(),
                Instant.ofEpochSecond(
                        access.getExpireTime().getSeconds(),
                        access.getExpireTime().getNanos()));
    }

    /// Reads the updates of an evaluation after a sequence. Those that come while it reads are among them.
    ///
    /// @param taker takes an update, and returns whether it needs no further one
    /// @return whether the taker needs no further one; false when the time is over, or the service is away
    boolean readUpdates(long after, Duration within, Predicate<EvaluationUpdate> taker) {
        try (Context.CancellableContext call = Context.current().withCancellation()) {
            return call.call(() -> {
                Iterator<EvaluationUpdate> updates = EvaluationServiceGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(within.toMillis(), TimeUnit.MILLISECONDS)
                        .watchEvaluation(WatchEvaluationRequest.newBuilder()
                                .setName(spec.getResource())
                                .setAfterSequence(after)
                                .build());
                while (updates.hasNext()) {
                    if (taker.test(updates.next())) {
                        return true;
                    }
                }
                return false;
            });
        } catch (StatusRuntimeException e) {
            if (isOver(e)) {
                throw new WorkerFailure(
                        WorkerFailure.Reason.STALE_ATTEMPT, e.getStatus().getDescription(), e);
            }
            return false;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private String why(StatusRuntimeException failure) {
        return failure.getStatus().getCode() == Status.Code.UNAVAILABLE
                ? LostConnection.of(
                                failure.getStatus(),
                                Endpoint.of(spec.getServiceEndpoint()).isTls())
                        .reason()
                : failure.getStatus().getCode().toString();
    }

    private static boolean isRefused(StatusRuntimeException failure) {
        Status.Code code = failure.getStatus().getCode();
        return code == Status.Code.UNAUTHENTICATED || code == Status.Code.PERMISSION_DENIED;
    }

    private static boolean isOver(StatusRuntimeException failure) {
        Status.Code code = failure.getStatus().getCode();
        return code == Status.Code.FAILED_PRECONDITION || code == Status.Code.NOT_FOUND;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}

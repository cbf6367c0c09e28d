package dev.finetide.kit.auth;

import com.google.protobuf.Message;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.GrpcErrors;
import dev.finetide.proto.auth.BearerToken;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.errors.v1.ErrorReason;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/// Lets a call in, or refuses it before its service sees anything of it: no place is taken and nothing is read. The
/// token comes with the call's headers, and what the call needs is decided by its first message, which names its
/// project. Each refusal is logged once and counted (`finetide.auth.denied`), with the caller and never with the token.
@Singleton
public final class AccessInterceptor implements ServerInterceptor {
    private static final Logger LOG = Logger.getLogger(AccessInterceptor.class);

    /// Services that probes call, which have no token.
    static final Set<String> OPEN = Set.of("grpc.health.v1.Health");

    /// Services that any caller with a token may ask: the descriptors of the rpcs are no secret.
    private static final Set<String> FOR_ALL_CALLERS =
            Set.of("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection");

    /// Time after which the right to an open stream is checked again.
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Access access;
    private final CallWitness audit;
    private final MeterProvider<Counter> denied;

    /// Rules by the full name of their method: a proto is read once and not at each call.
    private final Map<String, Optional<AccessRule>> rules = new ConcurrentHashMap<>();

    AccessInterceptor(Access access, CallWitness audit, MeterRegistry meters) {
        this.access = access;
        this.audit = audit;
        this.denied = Counter.builder("finetide.auth.denied")
                .description("Calls refused for their token or their role")
                .withRegistry(meters);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String service =
                Optional.ofNullable(call.getMethodDescriptor().getServiceName()).orElse("");
        if (OPEN.contains(service)) {
            return next.startCall(call, headers);
        }
        try {
            Credentials credentials = Credentials.of(
                    headers.getAll(BearerToken.HEADER), call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
            return access.awaited(credentials)
                    .map(keys -> LateCall.after(keys, () -> enter(call, headers, next, credentials)))
                    .orElseGet(() -> enter(call, headers, next, credentials));
        } catch (RuntimeException refusal) {
            // A call without an answer would stay open as long as its client likes.
            refuse(call, refusal, new CallRecord(call, Optional.empty()));
            return new ServerCall.Listener<>() {};
        }
    }

    private <Q, A> ServerCall.Listener<Q> enter(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next, Credentials credentials) {
        String service =
                Optional.ofNullable(call.getMethodDescriptor().getServiceName()).orElse("");
        CallRecord told = new CallRecord(call, Optional.empty());
        try {
            Identity caller = access.identify(credentials);
            told = new CallRecord(call, Optional.of(caller));
            Context context = caller.in(Context.current());
            if (FOR_ALL_CALLERS.contains(service)) {
                Access.requireProven(caller);
                return Contexts.interceptCall(context, call, headers, next);
            }
            AccessRule rule = rules.computeIfAbsent(
                            call.getMethodDescriptor().getFullMethodName(),
                            _ -> AccessRule.of(call.getMethodDescriptor()))
                    .orElseThrow(() -> ApiException.of(
                            ErrorReason.PERMISSION_DENIED, "nobody may call this method: its proto says no right"));
            call.request(1);
            Consumer<Message> check =
                    message -> access.check(rule, access.stillKnown(caller, credentials), credentials, message);
            return new FirstMessage<>(call, headers, next, context, check, rule, told);
        } catch (RuntimeException refusal) {
            refuse(call, refusal, told);
            return new ServerCall.Listener<>() {};
        }
    }

    private void refuse(ServerCall<?, ?> call, RuntimeException refusal, CallRecord told) {
        StatusRuntimeException status = tell(call, refusal, told);
        call.close(status.getStatus(), status.getTrailers() == null ? new Metadata() : status.getTrailers());
    }

    private StatusRuntimeException tell(ServerCall<?, ?> call, RuntimeException refusal, CallRecord told) {
        StatusRuntimeException status = GrpcErrors.toStatus(refusal);
        String reason = GrpcErrors.reason(status);
        String method = Optional.ofNullable(call.getMethodDescriptor().getBareMethodName())
                .orElse("unknown");
        if (!reason.equals(ErrorReason.INVALID_FIELD.name())) {
            denied.withTags("method", method, "reason", reason).increment();
            LOG.warnf(
                    "call denied method=%s reason=%s subject=%s peer=%s",
                    method, reason, told.subject(), call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
            audit.denied(told, reason);
        }
        return status;
    }

    /// Waits for the first message, and begins the call when the caller may make it.
    private final class FirstMessage<Q, A> extends ServerCall.Listener<Q> {
        private final ServerCall<Q, A> call;
        private final Metadata headers;
        private final ServerCallHandler<Q, A> next;
        private final Context context;
        private final Consumer<Message> check;
        private final AccessRule rule;
        private final CallRecord told;
        private Message first;
        private volatile long checked;
        private ServerCall.Listener<Q> begun;
        private boolean refused;

        FirstMessage(
                ServerCall<Q, A> call,
                Metadata headers,
                ServerCallHandler<Q, A> next,
                Context context,
                Consumer<Message> check,
                AccessRule rule,
                CallRecord told) {
            this.call = call;
            this.headers = headers;
            this.next = next;
            this.context = context;
            this.check = check;
            this.rule = rule;
            this.told = told;
        }

        @Override
        public void onMessage(Q message) {
            if (refused) {
                return;
            }
            try {
                if (begun == null) {
                    checked = System.nanoTime();
                    first = (Message) message;
                    told.names(rule.resource(first), first);
                }
                // A later part of an upload may name nothing new, or what the caller may use as well.
                boolean isNamed =
                        begun == null || !NamedResources.of((Message) message).isEmpty();
                if (isNamed || isDue()) {
                    check.accept(isNamed ? (Message) message : first);
                }
            } catch (RuntimeException refusal) {
                refused = true;
                if (refusal instanceof ApiException known && known.metadata().containsKey("resource")) {
                    told.refusedAt(known.metadata().get("resource"));
                }
                refuse(call, refusal, told);
                onCancel();
                return;
            }
            begin();
            begun.onMessage(message);
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                begin();
                begun.onHalfClose();
            }
        }

        @Override
        public void onCancel() {
            if (begun != null) {
                begun.onCancel();
            }
        }

        @Override
        public void onComplete() {
            if (begun != null) {
                begun.onComplete();
            }
        }

        @Override
        public void onReady() {
            if (begun != null) {
                begun.onReady();
            }
        }

        private boolean changes() {
            return rule.needs().getRole().getNumber() > Role.VIEWER.getNumber() && !rule.readsOnly();
        }

        /// Checks that the caller may still do what has begun: a role may be taken while a stream
        /// is open.
        private void requireStill() {
            try {
                if (isDue()) {
                    check.accept(first);
                }
            } catch (RuntimeException refusal) {
                tell(call, refusal, told);
                throw refusal;
            }
        }

        private boolean isDue() {
            boolean due = System.nanoTime() - checked >= AGAIN.toNanos();
            if (due) {
                checked = System.nanoTime();
            }
            return due;
        }

        private void begin() {
            if (begun == null) {
                Context named = CalledProject.in(context, told.resource());
                begun = Contexts.interceptCall(
                        changes() ? told.in(named) : named,
                        new BegunCall<>(call, changes() ? Optional.of(told) : Optional.empty(), this::requireStill),
                        headers,
                        next);
                if (call.isReady()) {
                    begun.onReady();
                }
            }
        }
    }

    /// A call whose first message was asked for already. Its end is told to the audit if it changes something.
    private final class BegunCall<Q, A> extends SimpleForwardingServerCall<Q, A> {
        private final Optional<CallRecord> change;
        private final Runnable requireStill;
        private boolean asked;

        BegunCall(ServerCall<Q, A> call, Optional<CallRecord> change, Runnable requireStill) {
            super(call);
            this.change = change;
            this.requireStill = requireStill;
        }

        @Override
        public void sendMessage(A answer) {
            if (!getMethodDescriptor().getType().serverSendsOneMessage()) {
                requireStill.run();
            }
            change.ifPresent(told -> told.answeredBy((Message) answer));
            super.sendMessage(answer);
        }

        @Override
        public void close(Status status, Metadata trailers) {
            super.close(status, trailers);
            if (status.isOk()) {
                change.ifPresent(audit::changed);
            }
        }

        @Override
        public void request(int messages) {
            int more = asked ? messages : messages - 1;
            asked = true;
            if (more > 0) {
                super.request(more);
            }
        }
    }
}

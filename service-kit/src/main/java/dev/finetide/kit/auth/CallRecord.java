package dev.finetide.kit.auth;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.util.Timestamps;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.request.RequestId;
import dev.finetide.proto.audit.v1.AuditEvent;
import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.project.v1.GrantRoleRequest;
import dev.finetide.proto.project.v1.RevokeRoleRequest;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ServerCall;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Keeps what the audit says about one call. Thread-safe.
public final class CallRecord {
    private static final Context.Key<CallRecord> CURRENT = Context.key("finetide.call");

    /// The most characters of a name that an entry has.
    private static final int LONGEST_NAME = 300;

    private final String method;
    private final String peer;
    private final Optional<Identity> caller;
    private final AtomicBoolean told = new AtomicBoolean();
    private volatile String resource = "";
    private volatile String requestId = "";
    private volatile AuditEvent member = AuditEvent.getDefaultInstance();

    CallRecord(ServerCall<?, ?> call, Optional<Identity> caller) {
        this(
                call.getMethodDescriptor().getFullMethodName(),
                call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR) instanceof InetSocketAddress address
                        ? address.getHostString()
                        : "",
                caller);
    }

    CallRecord(String method, String peer, Optional<Identity> caller) {
        this.method = method;
        this.peer = peer;
        this.caller = caller;
    }

    /// Returns the call that this thread answers; empty if it answers none, as in a tick of the service itself.
    public static Optional<CallRecord> current() {
        return Optional.ofNullable(CURRENT.get());
    }

    Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /// Takes the names that the first message has. Nobody has checked them yet: a name may be any text of any size, and
    /// an id that is no UUID is left out.
    void names(String asked, Message request) {
        resource = Printable.of(asked, LONGEST_NAME);
        FieldDescriptor id = request.getDescriptorForType().findFieldByName("request_id");
        if (id != null) {
            String asText = String.valueOf(request.getField(id));
            requestId = RequestId.violation(asText).isEmpty() ? asText : "";
        }
        switch (request) {
            case GrantRoleRequest grant -> names(grant.getSubject(), grant.getIssuer(), grant.getRole());
            case RevokeRoleRequest revoke -> names(revoke.getSubject(), revoke.getIssuer(), Role.ROLE_UNSPECIFIED);
            default -> {}
        }
    }

    private void names(String subject, String issuer, Role role) {
        String of = issuer.isEmpty() ? caller.map(Identity::issuer).orElse("") : issuer;
        member = AuditEvent.newBuilder()
                .setMember(Printable.of(subject, LONGEST_NAME))
                .setMemberIssuer(Printable.of(of, LONGEST_NAME))
                .setMemberRoleValue(role == Role.UNRECOGNIZED ? 0 : role.getNumber())
                .build();
    }

    /// Takes the name that a refusal is about: the caller may not reach it, and has named others,
    /// too.
    void refusedAt(String name) {
        resource = Printable.of(name, LONGEST_NAME);
    }

    /// Takes the name of the resource that the answer shows: a request to create something names its parent alone.
    void answeredBy(Message answer) {
        FieldDescriptor name = answer.getDescriptorForType().findFieldByName("name");
        if (name != null
                && name.getJavaType() == FieldDescriptor.JavaType.STRING
                && NamedResources.project(String.valueOf(answer.getField(name))).isPresent()) {
            resource = String.valueOf(answer.getField(name));
        }
    }

    /// Returns the entry for a change that this call makes.
    ///
    /// @param changed resource that is changed
    /// @param event   name of the change's event; empty if it has none
    public AuditEvent change(String changed, String event, Instant now) {
        told.set(true);
        return entry(changed, event, "OK", now);
    }

    /// Returns whether an entry was made for a change of this call.
    boolean isTold() {
        return told.get();
    }

    AuditEvent denial(String reason, Instant now) {
        return entry(resource, "", reason, now);
    }

    String subject() {
        return caller.map(Identity::subject).orElse("");
    }

    String resource() {
        return resource;
    }

    private AuditEvent entry(String about, String event, String result, Instant now) {
        return member.toBuilder()
                .setTime(Timestamps.fromMillis(now.toEpochMilli()))
                .setSubject(caller.map(Identity::subject).orElse(""))
                .setIssuer(caller.map(Identity::issuer).orElse(""))
                .setMethod(method)
                .setResource(about)
                .setEvent(event)
                .setResult(result)
                .setPeer(peer)
                .setRequestId(requestId)
                .build();
    }
}

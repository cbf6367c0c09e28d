package dev.finetide.kit.auth;

import com.google.protobuf.DescriptorProtos.MethodOptions.IdempotencyLevel;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import dev.finetide.proto.auth.v1.Access;
import dev.finetide.proto.auth.v1.AccessProto;
import dev.finetide.proto.auth.v1.Role;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads what an rpc needs from its proto.
///
/// @param needs option of the rpc
/// @param path  fields that lead from the request to the name in `needs.resource`; empty for an rpc of any caller
/// @param readsOnly whether the proto says that the rpc changes nothing (`idempotency_level = NO_SIDE_EFFECTS`)
public record AccessRule(Access needs, List<FieldDescriptor> path, boolean readsOnly) {
    /// Returns the rule of a method; empty if its proto has none.
    static Optional<AccessRule> of(io.grpc.MethodDescriptor<?, ?> method) {
        return method.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier proto
                ? of(proto.getMethodDescriptor())
                : Optional.empty();
    }

    /// Returns the rule of a method; empty if its proto has none.
    ///
    /// @throws IllegalArgumentException if the rule is incomplete or names a field that the request does not have
    public static Optional<AccessRule> of(MethodDescriptor method) {
        if (!method.getOptions().hasExtension(AccessProto.needs)) {
            return Optional.empty();
        }
        Access needs = method.getOptions().getExtension(AccessProto.needs);
        boolean role = needs.getRole() != Role.ROLE_UNSPECIFIED;
        if (Stream.of(role, needs.getWorker(), needs.getAnyCaller())
                        .filter(isNeeded -> isNeeded)
                        .count()
                != 1) {
            throw new IllegalArgumentException(
                    method.getFullName() + " needs a role, a worker or any caller, and just one of them");
        }
        boolean readsOnly = method.getOptions().getIdempotencyLevel() == IdempotencyLevel.NO_SIDE_EFFECTS;
        if (needs.getAnyCaller()) {
            return Optional.of(new AccessRule(needs, List.of(), readsOnly));
        }
        return Optional.of(new AccessRule(needs, path(method, needs.getResource()), readsOnly));
    }

    private static List<FieldDescriptor> path(MethodDescriptor method, String resource) {
        List<FieldDescriptor> path = new ArrayList<>();
        Descriptor at = method.getInputType();
        for (String name : resource.split("\\.", -1)) {
            FieldDescriptor field = at == null ? null : at.findFieldByName(name);
            if (field == null) {
                throw new IllegalArgumentException(
                        method.getFullName() + " has no field " + resource + " that could name its project");
            }
            path.add(field);
            at = field.getJavaType() == JavaType.MESSAGE ? field.getMessageType() : null;
        }
        return List.copyOf(path);
    }

    /// Returns the name in the request that decides about its project; empty if the request has none.
    String resource(Message request) {
        if (path.isEmpty()) {
            return "";
        }
        Message at = request;
        for (FieldDescriptor field : path.subList(0, path.size() - 1)) {
            at = (Message) at.getField(field);
        }
        return String.valueOf(at.getField(path.getLast()));
    }
}

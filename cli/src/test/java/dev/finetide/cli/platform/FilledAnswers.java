package dev.finetide.cli.platform;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// A stand-in for any service, which answers every call with one message in which every field is set.
public final class FilledAnswers implements BindableService {
    /// A number that JavaScript's numbers hold, and 32 bits do not.
    public static final long LONG = 12_345_678_901L;

    private static final int DEEPEST = 8;
    private static final List<String> LAST_STATES = List.of("SUCCEEDED", "APPROVED");

    /// Fields that would make a client go on for ever, or end before its answer.
    private static final Set<String> EMPTY = Set.of("next_page_token", "dry_run");

    private final ServiceDescriptor service;
    private final String text;

    public FilledAnswers(ServiceDescriptor service) {
        this(service, "text");
    }

    /// @param text value of each text that is no name
    public FilledAnswers(ServiceDescriptor service, String text) {
        this.service = service;
        this.text = text;
    }

    @Override
    public ServerServiceDefinition bindService() {
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service);
        service.getMethods().forEach(method -> add(method, definition));
        return definition.build();
    }

    private <Q, A> void add(MethodDescriptor<Q, A> method, ServerServiceDefinition.Builder definition) {
        PrototypeMarshaller<A> answers = (PrototypeMarshaller<A>) method.getResponseMarshaller();
        @SuppressWarnings("unchecked") // an answer is a message of the prototype's type
        A answer = (A) filled((Message) answers.getMessagePrototype(), text);
        definition.addMethod(
                method,
                method.getType().clientSendsOneMessage()
                        ? ServerCalls.asyncServerStreamingCall((request, client) -> send(answer, client))
                        : ServerCalls.asyncClientStreamingCall(client -> new Upload<>(answer, client)));
    }

    private static <A> void send(A answer, StreamObserver<A> client) {
        client.onNext(answer);
        client.onCompleted();
    }

    private record Upload<Q, A>(A answer, StreamObserver<A> client) implements StreamObserver<Q> {
        @Override
        public void onNext(Q part) {}

        @Override
        public void onError(Throwable broken) {}

        @Override
        public void onCompleted() {
            send(answer, client);
        }
    }

    /// Returns a message of this type in which every field is set; of a oneof, the first one.
    public static Message filled(Message prototype) {
        return filled(prototype, "text");
    }

    private static Message filled(Message prototype, String text) {
        return filled(prototype.newBuilderForType(), DEEPEST, text).build();
    }

    private static Message.Builder filled(Message.Builder message, int depth, String text) {
        if (message instanceof Timestamp.Builder time) {
            return time.setSeconds(1_700_000_000);
        }
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            boolean first = field.getRealContainingOneof() == null
                    || field.getRealContainingOneof().getField(0).equals(field);
            boolean tooDeep = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth == 0;
            if (!first || tooDeep || EMPTY.contains(field.getName())) {
                continue;
            }
            if (field.isRepeated()) {
                message.addRepeatedField(field, value(message, field, depth, text));
            } else {
                message.setField(field, value(message, field, depth, text));
            }
        }
        return message;
    }

    private static Object value(Message.Builder message, FieldDescriptor field, int depth, String text) {
        return switch (field.getJavaType()) {
            case INT -> 7;
            case LONG -> LONG;
            case FLOAT -> 0.5f;
            case DOUBLE -> 0.5;
            case BOOLEAN -> true;
            case STRING -> field.getName().equals("name") ? "projects/default/trainingRuns/run-1" : text;
            case BYTE_STRING -> ByteString.copyFromUtf8(text + "\n");
            case ENUM -> last(field.getEnumType().getValues());
            case MESSAGE ->
                filled(message.newBuilderForField(field), depth - 1, text).build();
        };
    }

    private static EnumValueDescriptor last(List<EnumValueDescriptor> values) {
        return Stream.concat(
                        values.stream().filter(value -> LAST_STATES.contains(value.getName())),
                        values.stream().skip(1))
                .findFirst()
                .orElseThrow();
    }
}

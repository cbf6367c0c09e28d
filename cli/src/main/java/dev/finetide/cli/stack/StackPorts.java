package dev.finetide.cli.stack;

import dev.finetide.embedded.FreePorts;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Loopback ports of a stack's parts.
///
/// @param services ports of each service, by [ServiceProgram#name]
public record StackPorts(int kafka, int kafkaController, int postgres, Map<String, Service> services) {

    /// Ports of one service.
    ///
    /// @param grpc port for clients
    /// @param http port for health and metrics
    public record Service(int grpc, int http) {}

    private static final int KAFKA = 9192;
    private static final int KAFKA_CONTROLLER = 9193;
    private static final int POSTGRES = 9132;
    private static final int FIRST_GRPC = 9101;
    private static final int FIRST_HTTP = 8101;

    /// Returns the documented ports plus `offset`. Services take ports in their order from 9101 (gRPC) and 8101
    /// (HTTP).
    public static StackPorts fixed(List<ServiceProgram> programs, int offset) {
        Map<String, Service> services = new LinkedHashMap<>();
        for (int i = 0; i < programs.size(); i++) {
            services.put(programs.get(i).name(), new Service(FIRST_GRPC + i + offset, FIRST_HTTP + i + offset));
        }
        return new StackPorts(KAFKA + offset, KAFKA_CONTROLLER + offset, POSTGRES + offset, services);
    }

    /// Returns ports that are free now, for tests and for the demo, which must not disturb a running stack.
    public static StackPorts free(List<ServiceProgram> programs) throws IOException {
        Iterator<Integer> ports = FreePorts.pick(3 + 2 * programs.size()).iterator();
        Map<String, Service> services = new LinkedHashMap<>();
        for (ServiceProgram program : programs) {
            services.put(program.name(), new Service(ports.next(), ports.next()));
        }
        return new StackPorts(ports.next(), ports.next(), ports.next(), services);
    }

    /// Returns the part that uses each port, in words for a message.
    Map<Integer, String> owners() {
        Map<Integer, String> owners = new LinkedHashMap<>();
        owners.put(kafka, "kafka");
        owners.put(kafkaController, "kafka's controller");
        owners.put(postgres, "postgres");
        services.forEach((name, ports) -> {
            owners.put(ports.grpc(), name + "-service gRPC");
            owners.put(ports.http(), name + "-service HTTP");
        });
        return owners;
    }
}

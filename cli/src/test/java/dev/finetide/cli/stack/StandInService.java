package dev.finetide.cli.stack;

import com.sun.net.httpserver.HttpServer;
import dev.finetide.embedded.JavaCommand;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Stand-in for a service: listens on the ports in its environment and answers health requests. The stand-in for
/// `training` also starts a child that outlives it, as a worker does.
final class StandInService {

    private StandInService() {}

    static ServiceProgram program(String name) {
        return program(name, List.of(name));
    }

    static ServiceProgram program(String name, List<String> arguments) {
        List<String> command = new ArrayList<>(JavaCommand.small(64));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), StandInService.class.getName()));
        command.addAll(arguments);
        return new ServiceProgram(name, name.equals("training"), command);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("broken")) {
            System.err.println("this service cannot start");
            System.exit(3);
        }
        String host = System.getenv("QUARKUS_HTTP_HOST");
        HttpServer server =
                HttpServer.create(new InetSocketAddress(host, Integer.parseInt(System.getenv("QUARKUS_HTTP_PORT"))), 0);
        server.createContext("/q/health/ready", exchange -> {
            String database = System.getenv("QUARKUS_DATASOURCE_JDBC_URL") + " as "
                    + System.getenv("QUARKUS_DATASOURCE_USERNAME");
            byte[] body = database.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        if (System.getenv("FINETIDE_WORKER_COMMAND") != null) {
            new ProcessBuilder(System.getenv("FINETIDE_WORKER_COMMAND").split("\n", -1))
                    .inheritIO()
                    .start();
        }
    }
}

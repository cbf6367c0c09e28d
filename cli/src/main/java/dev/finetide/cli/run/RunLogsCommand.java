package dev.finetide.cli.run;

import com.google.gson.JsonObject;
import dev.finetide.cli.client.Connection;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.training.v1.ReadTrainingRunLogRequest;
import dev.finetide.proto.training.v1.TrainingRunLogChunk;
import dev.finetide.proto.training.v1.TrainingRunServiceGrpc.TrainingRunServiceBlockingStub;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "logs",
        mixinStandardHelpOptions = true,
        description = "Prints the log of every attempt of a run, oldest first.",
        footerHeading = "%nExamples:%n",
        footer = {"  finetide run logs RUN"})
final class RunLogsCommand implements Callable<Integer> {
    @Mixin
    private Connection connection;

    @Mixin
    private CommandOutput output;

    @Parameters(index = "0", paramLabel = "RUN", description = "The run's id or name.")
    private String name;

    @Override
    public Integer call() {
        try (Services services = connection.open(output)) {
            services.runs().follow(new Log(connection.names().run(name)));
        }
        return 0;
    }

    /// Prints a log in whole lines. After a cut the log is read again, and the lines already printed are skipped.
    private final class Log implements ServiceClient.Resumable<TrainingRunServiceBlockingStub, TrainingRunLogChunk> {
        private final String run;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private int attempt;
        private long linesPrinted;
        private long linesRead;

        Log(String run) {
            this.run = run;
        }

        @Override
        public Iterator<TrainingRunLogChunk> open(TrainingRunServiceBlockingStub stub) {
            line.reset();
            linesRead = 0;
            return stub.readTrainingRunLog(
                    ReadTrainingRunLogRequest.newBuilder().setName(run).build());
        }

        @Override
        public boolean on(TrainingRunLogChunk chunk) {
            if (chunk.getAttempt() != attempt) {
                endLine();
                attempt = chunk.getAttempt();
            }
            for (byte next : chunk.getData()) {
                if (next == '\n') {
                    print();
                } else {
                    line.write(next);
                }
            }
            output.out().flush();
            return false;
        }

        @Override
        public boolean onEnd() {
            endLine();
            output.out().flush();
            return true;
        }

        private void endLine() {
            if (line.size() > 0) {
                print();
            }
        }

        private void print() {
            linesRead++;
            if (linesRead > linesPrinted) {
                linesPrinted++;
                String text = line.toString(StandardCharsets.UTF_8);
                output.out().println(output.isJson() ? json(text) : text);
            }
            line.reset();
        }

        private String json(String text) {
            JsonObject object = new JsonObject();
            object.addProperty("attempt", attempt);
            object.addProperty("line", text);
            return object.toString();
        }
    }
}

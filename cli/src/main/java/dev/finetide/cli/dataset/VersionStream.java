package dev.finetide.cli.dataset;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Printable;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportProgress;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.function.Function;

/// Follows a call that makes a version, and shows how far it is. A call that was cut is sent again; its request_id
/// makes it the same request.
public final class VersionStream
        implements ServiceClient.Resumable<DatasetServiceBlockingStub, ImportProgress>, AutoCloseable {
    private final String task;
    private final Function<DatasetServiceBlockingStub, Iterator<ImportProgress>> call;
    private final PrintWriter notes;
    private ProgressLine progress;
    private String step = "";
    private DatasetVersion version;

    private VersionStream(
            String task, Function<DatasetServiceBlockingStub, Iterator<ImportProgress>> call, PrintWriter notes) {
        this.task = task;
        this.call = call;
        this.notes = notes;
    }

    /// Makes the call and returns the version that it made or found.
    ///
    /// @param task name of the work beside the progress, such as "reading"
    public static DatasetVersion follow(
            ServiceClient<DatasetServiceBlockingStub> datasets,
            String task,
            Function<DatasetServiceBlockingStub, Iterator<ImportProgress>> call,
            PrintWriter notes) {
        try (VersionStream stream = new VersionStream(task, call, notes)) {
            datasets.follow(stream);
            return stream.version;
        }
    }

    @Override
    public Iterator<ImportProgress> open(DatasetServiceBlockingStub stub) {
        return call.apply(stub);
    }

    @Override
    public boolean on(ImportProgress message) {
        if (message.hasDatasetVersion()) {
            version = message.getDatasetVersion();
            return true;
        }
        if (!message.getStep().equals(step)) {
            close(); // a step counts its own bytes
            step = message.getStep();
            if (message.getBytesTotal() == 0) {
                notes.println(task + ": " + Printable.line(step));
                notes.flush();
            }
        }
        if (message.getBytesTotal() > 0) {
            if (progress == null) {
                progress = ProgressLine.start(
                        step.isEmpty() ? task : Printable.line(step), message.getBytesTotal(), "", notes);
            }
            progress.at(
                    Math.min(message.getBytesRead(), message.getBytesTotal()),
                    Formats.count(message.getRowsRead()) + " rows");
        }
        return false;
    }

    @Override
    public boolean onEnd() {
        throw CommandFailedException.failed("dataset-service ended the call without a version");
    }

    @Override
    public void close() {
        if (progress != null) {
            progress.close();
            progress = null;
        }
    }
}

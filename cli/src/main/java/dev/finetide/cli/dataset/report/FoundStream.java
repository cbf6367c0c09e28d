package dev.finetide.cli.dataset.report;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceBlockingStub;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReadFoundRowsRequest;
import dev.finetide.proto.dataset.v1.RowFound;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;

/// Reads the rows with findings of a report. A stream that was cut is opened again, and passes over
/// what came before.
final class FoundStream implements ServiceClient.Resumable<DatasetReportServiceBlockingStub, RowFound> {
    /// Takes one row.
    interface Taker {
        void take(RowFound row) throws IOException;
    }

    private final ReadFoundRowsRequest request;
    private final Taker taker;
    private long received;
    private long toSkip;

    private FoundStream(ReadFoundRowsRequest request, Taker taker) {
        this.request = request;
        this.taker = taker;
    }

    static void read(
            ServiceClient<DatasetReportServiceBlockingStub> reports, String report, FoundKind kind, Taker taker)
            throws IOException {
        ReadFoundRowsRequest request =
                ReadFoundRowsRequest.newBuilder().setName(report).setKind(kind).build();
        try {
            reports.follow(new FoundStream(request, taker));
        } catch (UncheckedIOException unwritable) {
            throw unwritable.getCause();
        }
    }

    @Override
    public Iterator<RowFound> open(DatasetReportServiceBlockingStub stub) {
        toSkip = received;
        return stub.readFoundRows(request);
    }

    @Override
    public boolean on(RowFound row) {
        if (toSkip > 0) {
            toSkip--;
            return false;
        }
        received++;
        try {
            taker.take(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return false;
    }

    @Override
    public boolean onEnd() {
        return true;
    }
}

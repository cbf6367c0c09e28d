package dev.finetide.cli.dataset;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;

/// Reads rows of a version in their order. A stream that was cut goes on after the last row that came.
public final class RowStream implements ServiceClient.Resumable<DatasetServiceBlockingStub, Row> {
    /// Takes one row.
    public interface Taker {
        void take(Row row) throws IOException;
    }

    private final ReadRowsRequest request;
    private final Taker taker;
    private long received;
    private long toSkip;

    private RowStream(ReadRowsRequest request, Taker taker) {
        this.request = request;
        this.taker = taker;
    }

    /// Reads all rows that a request asks for.
    public static void read(ServiceClient<DatasetServiceBlockingStub> datasets, ReadRowsRequest request, Taker taker)
            throws IOException {
        try {
            datasets.follow(new RowStream(request, taker));
        } catch (UncheckedIOException unwritable) {
            throw unwritable.getCause();
        }
    }

    @Override
    public Iterator<Row> open(DatasetServiceBlockingStub stub) {
        toSkip = 0;
        if (request.getLeaked()) {
            toSkip = received; // such rows are no range of numbers
            return stub.readRows(request);
        }
        ReadRowsRequest.Builder rest = request.toBuilder().setFirst(Math.max(1, request.getFirst()) + received);
        if (request.getCount() > 0) {
            rest.setCount(request.getCount() - received);
        }
        return stub.readRows(rest.build());
    }

    @Override
    public boolean on(Row row) {
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
        return request.getCount() == received;
    }

    @Override
    public boolean onEnd() {
        return true;
    }
}

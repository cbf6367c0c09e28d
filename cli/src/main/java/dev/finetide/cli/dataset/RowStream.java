package dev.finetide.cli.dataset;

import dev.finetide.cli.client.MessageStream;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Row;
import java.io.IOException;

/// Reads rows of a version in their order.
public final class RowStream {
    private RowStream() {}

    /// Reads all rows that a request asks for. A stream that was cut goes on after the last row that came.
    public static void read(
            ServiceClient<DatasetServiceBlockingStub> datasets, ReadRowsRequest request, MessageStream.Taker<Row> taker)
            throws IOException {
        MessageStream.read(
                datasets,
                (stub, received) -> stub.readRows(rest(request, received)),
                request.getLeaked(), // such rows are no range of numbers
                request.getCount(),
                taker);
    }

    private static ReadRowsRequest rest(ReadRowsRequest request, long received) {
        if (request.getLeaked()) {
            return request;
        }
        ReadRowsRequest.Builder rest = request.toBuilder().setFirst(Math.max(1, request.getFirst()) + received);
        if (request.getCount() > 0) {
            rest.setCount(request.getCount() - received);
        }
        return rest.build();
    }
}

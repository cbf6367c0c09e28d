package dev.finetide.cli.dataset.report;

import dev.finetide.cli.client.MessageStream;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.proto.dataset.v1.DatasetReportServiceGrpc.DatasetReportServiceBlockingStub;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReadFoundRowsRequest;
import dev.finetide.proto.dataset.v1.RowFound;
import java.io.IOException;

/// Reads the rows with findings of a report.
final class FoundStream {
    private FoundStream() {}

    static void read(
            ServiceClient<DatasetReportServiceBlockingStub> reports,
            String report,
            FoundKind kind,
            MessageStream.Taker<RowFound> taker)
            throws IOException {
        ReadFoundRowsRequest request =
                ReadFoundRowsRequest.newBuilder().setName(report).setKind(kind).build();
        MessageStream.read(reports, (stub, _) -> stub.readFoundRows(request), true, 0, taker);
    }
}

package dev.finetide.dataset.report;

import com.github.luben.zstd.Zstd;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStores;
import dev.finetide.kit.launch.StandInAttempt;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.ReportSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.worker.v1.ReportFinished;
import dev.finetide.proto.worker.v1.ReportProgress;
import dev.finetide.proto.worker.v1.WorkerEvent;
import dev.finetide.proto.worker.v1.WorkerStarted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// Plays the worker of a report that looks at no rows: sends two sections. For some datasets it dies after
/// the first one, in its first attempt.
public final class ReportWorker {
    static final String LABEL = "refund-of-the-worker";
    /// Beginning of the name of a dataset whose first worker dies.
    static final String DIES_ONCE = "projects/default/datasets/dies-once-";

    private static final int KILLED = 137;

    private ReportWorker() {}

    public static void main(String[] arguments) throws Exception {
        try (StandInAttempt attempt = StandInAttempt.claim(StandInAttempt.spec(arguments))) {
            attempt.report(WorkerEvent.newBuilder()
                    .setStarted(WorkerStarted.newBuilder().setDevice("stand-in")));
            if (!attempt.claim().getReportSoFar().getDoneList().contains(ReportSection.CONTENTS)) {
                SuitabilityReport.Builder contents =
                        SuitabilityReport.newBuilder().addDone(ReportSection.CONTENTS);
                contents.setContents(ContentsSection.newBuilder()
                        .addClasses(ShareOf.newBuilder()
                                .setName(LABEL)
                                .setRows(attempt.spec().getAttempt())));
                attempt.report(WorkerEvent.newBuilder()
                        .setReportProgress(
                                ReportProgress.newBuilder().setSection(contents).addFiles(found(attempt))));
            }
            boolean dies = attempt.spec().getDatasetVersion().getName().startsWith(DIES_ONCE);
            if (dies && attempt.spec().getAttempt() == 1) {
                attempt.die(KILLED);
            }
            SuitabilityReport.Builder verdict = SuitabilityReport.newBuilder().addDone(ReportSection.VERDICT);
            verdict.getVerdictBuilder().setSentence("Fine-tuning fits these rows.");
            attempt.report(WorkerEvent.newBuilder()
                    .setReportProgress(ReportProgress.newBuilder().setSection(verdict)));
            attempt.report(WorkerEvent.newBuilder().setReportFinished(ReportFinished.getDefaultInstance()));
        }
    }

    private static BlobFile found(StandInAttempt attempt) throws IOException {
        RowFound row = RowFound.newBuilder()
                .setKind(FoundKind.LABEL_ISSUE)
                .setSplit("train")
                .setNumber(1)
                .setSuggestion(LABEL)
                .build();
        byte[] line = (JsonFormat.printer().omittingInsignificantWhitespace().print(row) + "\n")
                .getBytes(StandardCharsets.UTF_8);
        BlobRef blob = BlobStores.open(URI.create(attempt.spec().getBlobsUri()))
                .put(
                        attempt.spec().getBlobPrefix() + "attempts/"
                                + attempt.claim().getEpoch() + "/contents/found/label-issue.jsonl.zst",
                        new ByteArrayInputStream(Zstd.compress(line)));
        return BlobFile.newBuilder()
                .setPath("found/label-issue.jsonl.zst")
                .setSizeBytes(blob.size())
                .setSha256(blob.sha256())
                .setBlobKey(blob.key())
                .build();
    }
}

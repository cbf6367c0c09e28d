package dev.finetide.dataset;

import dev.finetide.kit.rule.FieldRules;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.SplitRules;
import dev.finetide.proto.dataset.v1.UploadHeader;

/// Turns the header of a streaming upload into the import that it asks for.
final class UploadRequest {
    private UploadRequest() {}

    /// Checks a header, and returns the import without its files.
    ///
    /// @throws dev.finetide.kit.error.ApiException INVALID_FIELD with every field that is wrong
    static ImportDatasetVersionRequest of(UploadHeader header) {
        FieldRules.check(header, "");
        ReadOptions.Builder read = ReadOptions.newBuilder();
        if (header.hasCsv()) {
            read.setContainer("csv")
                    .setShape("template")
                    .setPromptTemplate(header.getCsv().getPromptTemplate())
                    .setCompletionTemplate(header.getCsv().getCompletionTemplate());
        } else {
            read.setContainer("jsonl");
        }
        SplitRules.Builder split = SplitRules.newBuilder();
        if (header.hasTestFraction()) {
            split.setTestFraction(header.getTestFraction());
        }
        return ImportDatasetVersionRequest.newBuilder()
                .setDataset(header.getDataset())
                .setRequestId(header.getRequestId())
                .setRead(read)
                .setSplit(split)
                .setAllowInvalid(header.getAllowInvalid())
                .build();
    }
}

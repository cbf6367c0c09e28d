package dev.finetide.cli.dataset;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetTag;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;

/// Moves the tags of datasets.
public final class TagMove {
    private static final String VERSIONS = "/versions/";

    private TagMove() {}

    /// Makes a tag name a version of its dataset.
    ///
    /// @param version resource name with the version's number
    /// @param comment why, for the tag's history; may be empty
    public static DatasetTag to(
            ServiceClient<DatasetServiceBlockingStub> datasets, String version, String tag, String comment) {
        int slash = version.indexOf(VERSIONS);
        return move(
                datasets,
                version.substring(0, slash),
                Integer.parseInt(version.substring(slash + VERSIONS.length())),
                tag,
                comment);
    }

    static DatasetTag remove(
            ServiceClient<DatasetServiceBlockingStub> datasets, String dataset, String tag, String comment) {
        return move(datasets, dataset, 0, tag, comment);
    }

    private static DatasetTag move(
            ServiceClient<DatasetServiceBlockingStub> datasets,
            String dataset,
            int version,
            String tag,
            String comment) {
        MoveDatasetTagRequest request = MoveDatasetTagRequest.newBuilder()
                .setDataset(dataset)
                .setTag(tag)
                .setVersion(version)
                .setComment(comment)
                .build();
        return datasets.call(stub -> stub.moveDatasetTag(request));
    }
}

package dev.finetide.cli.dataset;

import dev.finetide.cli.client.ServiceClient;
import dev.finetide.proto.dataset.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.finetide.proto.dataset.v1.DatasetTag;
import dev.finetide.proto.dataset.v1.ListDatasetTagsRequest;
import java.util.List;

/// The tags of a dataset.
record Tags(List<DatasetTag> tags) {
    Tags {
        tags = List.copyOf(tags);
    }

    static Tags none() {
        return new Tags(List.of());
    }

    /// @param dataset resource name of the dataset
    static Tags of(ServiceClient<DatasetServiceBlockingStub> datasets, String dataset) {
        ListDatasetTagsRequest request =
                ListDatasetTagsRequest.newBuilder().setParent(dataset).build();
        return new Tags(datasets.call(stub -> stub.listDatasetTags(request)).getTagsList());
    }

    /// Returns the tags that name a version.
    List<String> of(String version) {
        return tags.stream()
                .filter(tag -> tag.getDatasetVersion().equals(version))
                .map(DatasetTag::getTag)
                .toList();
    }
}

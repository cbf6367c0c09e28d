package dev.finetide.dataset;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Datasets, their versions, and the uploads under way. Versions are only ever added.
interface DatasetStore {
    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Makes the dataset if it is new, and keeps other transactions from adding versions to it until this one ends.
    ///
    /// @return number of its newest version; 0 if there is none
    int lock(String dataset, Instant now);

    /// Adds a version to a locked dataset.
    ///
    /// @param number one more than the newest
    void add(String dataset, int number, DatasetVersion version, Instant now);

    Optional<DatasetVersion> version(String dataset, int number);

    Optional<DatasetVersion> latest(String dataset);

    Optional<DatasetVersion> withDigest(String dataset, String digest);

    /// Newest first; one more than the page's size if there are more. The page's key is the version's number.
    List<DatasetVersion> versions(String dataset, Page page);

    /// By name; one more than the page's size if there are more. The page's key is the name.
    List<Dataset> datasets(String project, Page page);

    /// Remembers the answer to a request, unless it has one already: then that one, and this changes nothing.
    Optional<Answered> answer(String requestId, Answered answer);

    /// Notes that blobs under `prefix` are being written.
    void uploadStarted(String prefix, Instant now);

    /// Notes that they still are. An upload that was given up stays so.
    void uploadAlive(String prefix, Instant now);

    /// Forgets an upload; false if it was not known (any more).
    boolean uploadEnded(String prefix);

    /// Uploads nobody has worked on since `before`.
    List<String> abandonedUploads(Instant before);
}

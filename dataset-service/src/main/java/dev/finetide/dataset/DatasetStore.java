package dev.finetide.dataset;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.dataset.v1.Dataset;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores datasets, their versions, and the uploads in progress. Versions are only added here; a
/// deletion leaves a tombstone, which only [#version] returns.
interface DatasetStore {
    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Creates the dataset if it is new, and keeps other transactions from adding versions to it until
    /// this one ends.
    ///
    /// @return number of the newest version; 0 if there is none
    int lock(String dataset, Instant now);

    /// Adds a version to a locked dataset.
    ///
    /// @param number number of the newest version plus one
    void add(String dataset, int number, DatasetVersion version, Instant now);

    Optional<DatasetVersion> version(String dataset, int number);

    Optional<DatasetVersion> latest(String dataset);

    /// Returns the version that a tag names.
    Optional<DatasetVersion> tagged(String dataset, String tag);

    Optional<DatasetVersion> withDigest(String dataset, String digest);

    /// Lists versions, newest first, with one more than the page's size if there are more. The page's
    /// key is the number of the version.
    List<DatasetVersion> versions(String dataset, Page page);

    /// Lists datasets by name, with one more than the page's size if there are more. The page's key is
    /// the name.
    List<Dataset> datasets(String project, Page page);

    /// Stores the answer to a request, unless the request has an answer. Returns the earlier answer, if
    /// there is one.
    Optional<Answered> answer(String requestId, Answered answer);

    /// Returns the answer to a request, if it has one.
    Optional<Answered> answered(String requestId);

    /// Notes that blobs under `prefix` are being written.
    void uploadStarted(String prefix, Instant now);

    /// Notes that an upload is still in progress. An abandoned upload stays abandoned.
    void uploadAlive(String prefix, Instant now);

    /// Deletes an upload; returns false if there was none.
    boolean uploadEnded(String prefix);

    /// Returns the prefixes of the uploads without progress since `before`.
    List<String> abandonedUploads(Instant before);
}

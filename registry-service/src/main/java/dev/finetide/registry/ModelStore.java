package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Model versions. A version's files and origin never change, its state does.
interface ModelStore {
    /// @param position key of a page: higher is newer
    record Listed(long position, ModelVersion version) {}

    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Makes the model if it is new, and keeps other transactions from adding versions to it until this one ends.
    ///
    /// @return number of its newest version; 0 if there is none
    int lock(String model);

    /// Adds a version to a locked model.
    ///
    /// @param number one more than the newest
    void add(String model, int number, ModelVersion version);

    /// Writes a version that this transaction has locked.
    void update(ModelVersion version);

    Optional<ModelVersion> find(String model, int number);

    /// The version, kept from other transactions until this one ends.
    Optional<ModelVersion> lock(String model, int number);

    /// The version of a run, kept from other transactions until this one ends.
    Optional<ModelVersion> lockOfRun(String trainingRun);

    Optional<ModelVersion> latest(String model);

    Optional<ModelVersion> latestApproved(String model);

    /// Newest first; one more than the page's size if there are more.
    ///
    /// @param prefix      models whose name starts with this, or is it
    /// @param trainingRun empty for all
    List<Listed> list(String prefix, String trainingRun, Page page);
}

package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Stores model versions. A version's files and origin never change, but its state does.
interface ModelStore {
    /// A version in a list.
    ///
    /// @param position key for paging; newer versions have higher positions
    record Listed(long position, ModelVersion version) {}

    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Creates the model if it is new, and keeps other transactions from adding versions to it until
    /// this one ends.
    ///
    /// @return number of the newest version; 0 if there is none
    int lock(String model);

    /// Adds a version to a locked model.
    ///
    /// @param number number of the newest version plus one
    void add(String model, int number, ModelVersion version);

    /// Writes a version that this transaction has locked.
    void update(ModelVersion version);

    Optional<ModelVersion> find(String model, int number);

    /// Returns a version and locks it until this transaction ends.
    Optional<ModelVersion> lock(String model, int number);

    /// Returns the version of a run and locks it until this transaction ends.
    Optional<ModelVersion> lockOfRun(String trainingRun);

    /// Returns the newest version that is not deleted.
    Optional<ModelVersion> latest(String model);

    Optional<ModelVersion> latestApproved(String model);

    /// Returns the versions of a base that are neither rejected nor deleted: nobody else may delete the
    /// base.
    List<ModelVersion> needing(String base);

    /// Lists versions that are not deleted, newest first, with one more than the page's size if there
    /// are more.
    ///
    /// @param prefix      name of a model, or prefix of the names of models
    /// @param trainingRun name of the run that made the versions, or empty for all
    List<Listed> list(String prefix, String trainingRun, Page page);
}

package dev.finetide.registry;

import dev.finetide.kit.name.Page;
import dev.finetide.kit.request.Answered;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Stores base models, which never change, and who uses them. A deleted base leaves a tombstone.
interface BaseStore {
    /// Runs `work` in one transaction.
    <T> T transact(Supplier<T> work);

    /// Adds a base, in the place of a tombstone if there is one; returns false if its name is taken.
    boolean add(Base base);

    /// Returns a base or its tombstone, and locks it until this transaction ends.
    Optional<Base> lock(String name);

    /// Puts a tombstone in the place of a base.
    void bury(Base tombstone);

    /// Notes that work that has not ended uses a base. Work uses one base.
    void used(String work, String base);

    /// Notes that work has ended.
    void unused(String work);

    /// Returns names of work that uses a base, at most `limit`.
    List<String> users(String base, int limit);

    /// Returns a base or its tombstone.
    Optional<Base> find(String name);

    /// Lists bases that are not deleted by name, with one more than the page's size if there are more.
    /// The page's key is the name.
    List<Base> list(String project, Page page);

    /// Notes that files stay for a time, whether a base names them or not. Waits for a deletion of them
    /// that has begun: whoever looks for a file afterwards sees what will be.
    void hold(Collection<String> sha256, Duration time);

    /// Forgets files whose time is over, and uploads of them that have never ended.
    void forgetHeld();

    /// Notes that a project has sent a file, so that its bases may name the file.
    ///
    /// @param project projects/{project}
    void own(String project, String sha256);

    /// Returns which of some files a project has sent.
    Set<String> owned(String project, Collection<String> sha256);

    /// Forgets who has sent a file.
    void disown(String sha256);

    /// Keeps others from changing what a project stores until this transaction ends.
    ///
    /// @param project projects/{project}
    void lockBytes(String project);

    /// Returns the bytes of the files that count for a project.
    ///
    /// @param project projects/{project}
    long bytes(String project);

    /// Counts files for a project from now on. A file of the same digest and size counts once.
    ///
    /// @param project projects/{project}
    /// @return the files that did not count before
    List<BlobFile> count(String project, List<BlobFile> files);

    /// Counts files for a project no longer, unless a base of the project that is not deleted names
    /// them.
    ///
    /// @param project projects/{project}
    void uncount(String project, List<BlobFile> files);

    /// Returns the digests of the files that bases name: those that are not deleted, those that were
    /// deleted within a time, and those that work needs.
    Set<String> named(Duration sinceDeletion);

    /// Returns whether nobody holds a file. If so, [#hold] of it waits until this transaction ends.
    boolean lockUnheld(String sha256);

    /// Stores the answer to a request, unless the request has an answer. Returns the earlier answer, if
    /// there is one.
    Optional<Answered> answer(String requestId, Answered answer);
}

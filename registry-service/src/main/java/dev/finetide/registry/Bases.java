package dev.finetide.registry;

import com.google.protobuf.util.Timestamps;
import dev.finetide.blobs.BlobCorruptException;
import dev.finetide.blobs.BlobNotFoundException;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.kit.limit.Limit;
import dev.finetide.kit.limit.Limits;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.Answered;
import dev.finetide.kit.request.RequestId;
import dev.finetide.kit.rpc.Caller;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.CreateBaseRequest;
import dev.finetide.proto.model.v1.DeleteBaseRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/// Adds and deletes base models. Files are uploaded first, each under its digest. Then a set of files
/// gets a name for ever. Thread-safe.
public final class Bases {
    private static final Logger LOG = Logger.getLogger(Bases.class);

    /// Number of users that a refusal names.
    private static final int NAMED = 3;

    /// The shortest time for which files are held, however short the grace time is: a base is named
    /// within it.
    private static final Duration SHORTEST_HOLD = Duration.ofHours(1);

    private final BaseStore store;
    private final ModelStore versions;
    private final BlobStore blobs;
    private final Duration hold;
    private final Limits limits;
    private final Clock clock;

    /// @param hold time for which a file stays that a client was told about, sends or names; an hour at
    ///     least
    Bases(BaseStore store, ModelStore versions, BlobStore blobs, Duration hold, Limits limits, Clock clock) {
        this.store = store;
        this.versions = versions;
        this.blobs = blobs;
        this.hold = hold.compareTo(SHORTEST_HOLD) < 0 ? SHORTEST_HOLD : hold;
        this.limits = limits;
        this.clock = clock;
    }

    /// Returns the digests whose files the project has not sent yet. A file that only another project has
    /// sent is missing, too: nobody learns what others have. The files that are there stay for a time, so
    /// that a base can name them.
    ///
    /// @param project projects/{project}
    public List<String> missing(String project, List<String> digests) throws IOException {
        digests.forEach(digest -> FileNames.checkDigest("sha256", digest));
        Set<String> stored = stored(project, digests);
        store.hold(stored, hold);
        // Asked again, because a deletion may have been on its way.
        Set<String> held = stored(project, stored);
        return digests.stream().filter(digest -> !held.contains(digest)).toList();
    }

    private Set<String> stored(String project, Collection<String> digests) throws IOException {
        Set<String> stored = new LinkedHashSet<>();
        Set<String> owned = store.owned(project, digests);
        for (String digest : digests) {
            Caller.requirePresent();
            if (owned.contains(digest)
                    && blobs.exists(BlobRef.ofContent(0, digest).key())) {
                stored.add(digest);
            }
        }
        return stored;
    }

    /// Stores bytes if they are those announced; otherwise stores nothing. Bases of the project may name
    /// the file from then on.
    ///
    /// @param project projects/{project}
    /// @throws ApiException DIGEST_MISMATCH if size or digest differ, QUOTA_EXCEEDED if the project may
    ///     not store so many bytes
    public BlobFile upload(String project, BlobFile announced, InputStream bytes) throws IOException {
        FileNames.checkDigest("file.sha256", announced.getSha256());
        if (announced.getSizeBytes() < 0) {
            throw ApiException.invalidField("file.size_bytes", "expected 0 or more, got " + announced.getSizeBytes());
        }
        store.hold(List.of(announced.getSha256()), hold);
        List<BlobFile> taken = takeRoom(project, List.of(announced));
        boolean sent = false;
        try {
            BlobRef stored = blobs.putContent(ref(announced), bytes);
            store.transact(() -> {
                takeRoom(project, List.of(announced)); // the end of another upload may have given it back
                store.own(project, announced.getSha256());
                return stored;
            });
            sent = true;
            return announced.toBuilder().setBlobKey(stored.key()).build();
        } catch (BlobCorruptException e) {
            throw mismatch(announced, e);
        } finally {
            if (!sent) {
                giveRoomBack(project, taken);
            }
        }
    }

    private void giveRoomBack(String project, List<BlobFile> files) {
        store.transact(() -> {
            store.lockBytes(project);
            store.uncount(project, files);
            return files;
        });
    }

    private static ApiException mismatch(BlobFile announced, BlobCorruptException e) {
        String path = Printable.of(announced.getPath());
        return ApiException.of(
                ErrorReason.DIGEST_MISMATCH,
                path + ": the bytes are not those announced: expected " + e.expected() + ", got " + e.found(),
                "path",
                path,
                "expected",
                e.expected(),
                "actual",
                e.found());
    }

    /// Names a set of uploaded files. The same name and files find the same base.
    ///
    /// @throws ApiException INVALID_FIELD for files that make no base, RESOURCE_NOT_FOUND for a file
    ///     that the project did not upload, RESOURCE_EXISTS if the name or the request_id has other
    ///     files, QUOTA_EXCEEDED if the project may not store so many bytes
    public Base create(CreateBaseRequest request) throws IOException {
        String name = name(request);
        FileNames.check(request.getFilesList());
        List<BlobFile> files = new ArrayList<>();
        for (BlobFile file : request.getFilesList()) {
            files.add(file.toBuilder().setBlobKey(ref(file).key()).build());
        }
        String digest = FileSet.digest(files);
        Optional<Base> known = store.find(name).filter(base -> !base.hasDeleteTime());
        if (known.isPresent() && known.get().getDigest().equals(digest)) {
            return sameOrigin(request, known.get());
        }
        checkUploaded(request.getParent(), files);
        store.hold(files.stream().map(BlobFile::getSha256).toList(), hold);
        checkUploaded(request.getParent(), files);
        Base.Builder read = new BaseFiles(blobs, files).check();
        Base base = read.setOrigin(request.getOrigin().isEmpty() ? read.getOrigin() : request.getOrigin())
                .setName(name)
                .addAllFiles(files)
                .setDigest(digest)
                .setCreateTime(Timestamps.fromMillis(clock.millis()))
                .setEtag(digest.substring(0, 16))
                .build();
        return store.transact(() -> add(request, base));
    }

    /// Deletes a base and leaves a tombstone. Its files go later, unless other bases have them.
    ///
    /// @throws ApiException RESOURCE_NOT_FOUND, ETAG_MISMATCH, ILLEGAL_STATE if a model version, a run
    ///     or an evaluation needs the base
    public Base delete(DeleteBaseRequest request) {
        String name = ResourceType.BASE.check("name", request.getName());
        String project = ResourceType.PROJECT.name(
                ResourceType.BASE.ids("name", request.getName()).getFirst());
        return store.transact(() -> {
            store.lockBytes(project);
            Base base = store.lock(name).orElseThrow(() -> ApiException.notFound(name));
            ApiException.checkEtag(name, request.getEtag(), base.getEtag());
            if (base.hasDeleteTime()) {
                return base;
            }
            List<String> needing = new ArrayList<>(store.users(name, NAMED + 1));
            versions.needing(name).forEach(version -> needing.add(version.getName() + " (" + version.getState() + ")"));
            if (!needing.isEmpty()) {
                throw ApiException.illegalState(name, "needed by " + named(needing), "delete");
            }
            Base tombstone = base.toBuilder()
                    .setDeleteTime(Timestamps.fromMillis(clock.millis()))
                    .build();
            store.bury(tombstone);
            store.uncount(project, base.getFilesList());
            LOG.infof("base deleted base=%s", name);
            return tombstone;
        });
    }

    private static String named(List<String> users) {
        String first = String.join(", ", users.subList(0, Math.min(NAMED, users.size())));
        return users.size() <= NAMED ? first : first + " and more";
    }

    /// Notes that work that has not ended uses a base.
    void used(String work, String base) {
        store.used(work, base);
    }

    /// Notes that work has ended, and needs its base no longer.
    void unused(String work) {
        store.unused(work);
    }

    /// Returns a base or its tombstone.
    public Base get(String name) {
        ResourceType.BASE.check("name", name);
        return store.find(name).orElseThrow(() -> ApiException.notFound(name));
    }

    /// Lists bases by name, with one more than the page's size if there are more.
    public List<Base> list(String project, Page page) {
        ResourceType.PROJECT.check("parent", project);
        return store.list(project, page);
    }

    public BlobFile file(String name, String path) {
        Base base = get(name);
        if (base.hasDeleteTime()) {
            throw ApiException.illegalState(name, "deleted", "read");
        }
        return base.getFilesList().stream()
                .filter(file -> file.getPath().equals(path))
                .findFirst()
                .orElseThrow(() -> ApiException.notFound(name + " file " + Printable.of(path)));
    }

    private Base add(CreateBaseRequest request, Base base) {
        if (!request.getRequestId().isEmpty()) {
            String body = RequestId.digest(request);
            store.answer(request.getRequestId(), new Answered(body, base.getName()))
                    .ifPresent(first -> first.check(body, request.getParent()));
        }
        takeRoom(request.getParent(), base.getFilesList());
        Base stored = base;
        if (store.add(base)) {
            LOG.infof("base added base=%s digest=%s", base.getName(), base.getDigest());
        } else {
            stored = store.find(base.getName()).orElseThrow();
            if (!stored.getDigest().equals(base.getDigest())) {
                throw ApiException.exists(base.getName(), "has other files: a base never changes, choose another name");
            }
            sameOrigin(request, stored);
        }
        return stored;
    }

    /// Counts files for a project, or none of them if they would take more bytes than the project
    /// may store. A file that counts already, as one that several bases have, takes none.
    ///
    /// @return the files that did not count before
    private List<BlobFile> takeRoom(String project, List<BlobFile> files) {
        String id = ResourceType.PROJECT.ids("parent", project).getFirst();
        return store.transact(() -> {
            store.lockBytes(project);
            long used = store.bytes(project);
            List<BlobFile> added = store.count(project, files);
            long more = added.stream().mapToLong(BlobFile::getSizeBytes).sum();
            if (more > 0) {
                limits.checkBytes(Limit.BASE_BYTES, id, used, more, "bases and uploaded files");
            }
            return added;
        });
    }

    private static Base sameOrigin(CreateBaseRequest request, Base known) {
        if (!request.getOrigin().isEmpty() && !request.getOrigin().equals(known.getOrigin())) {
            throw ApiException.exists(
                    known.getName(),
                    "has " + (known.getOrigin().isEmpty() ? "no origin" : "the origin " + known.getOrigin())
                            + ": a base never changes, choose another name");
        }
        return known;
    }

    private static String name(CreateBaseRequest request) {
        List<String> project = ResourceType.PROJECT.ids("parent", request.getParent());
        RequestId.check(request.getRequestId());
        String name = ResourceType.BASE.name(project.getFirst(), request.getBaseId());
        if (!ResourceType.BASE.matches(name)) {
            throw ApiException.invalidField(
                    "base_id",
                    "expected lower-case letters, digits and . _ - (at most 63 characters), got \""
                            + Printable.of(request.getBaseId()) + "\"");
        }
        return name;
    }

    private void checkUploaded(String project, List<BlobFile> files) throws IOException {
        Set<String> owned =
                store.owned(project, files.stream().map(BlobFile::getSha256).toList());
        for (BlobFile file : files) {
            if (!owned.contains(file.getSha256())) {
                throw notUploaded(file);
            }
            try (InputStream opened = blobs.open(ref(file))) {
                // The file exists and has this size. Its digest is checked when somebody reads it.
            } catch (BlobNotFoundException e) {
                throw notUploaded(file);
            } catch (BlobCorruptException e) {
                throw ApiException.invalidField(
                        "files", file.getPath() + " was uploaded with another size than " + file.getSizeBytes());
            }
        }
    }

    private static ApiException notUploaded(BlobFile file) {
        return ApiException.notFound("blob " + file.getSha256() + " of file " + file.getPath());
    }

    private static BlobRef ref(BlobFile file) {
        return BlobRef.ofContent(file.getSizeBytes(), file.getSha256());
    }
}

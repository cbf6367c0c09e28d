package dev.finetide.dataset.source;

import dev.finetide.blobs.BlobException;
import dev.finetide.blobs.BlobStoreFullException;
import dev.finetide.blobs.SourceBucket;
import dev.finetide.blobs.SourceBucket.SourceObject;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.Printable;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.errors.v1.ErrorReason;
import dev.finetide.retrieval.document.DocumentFormat;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/// Stages the files that an import names, wherever they are, so that all of them are read alike. Thread-safe.
public final class Sources implements AutoCloseable {
    /// Names of data files below a prefix.
    private static final Pattern DATA =
            Pattern.compile(".*\\.(jsonl|ndjson|json|csv|tsv|parquet|arrow)(\\.gz|\\.zst)?");

    private static final int MOST_FILES = 10_000;

    private final Staging staging;
    private final SourceSettings settings;
    private final HttpsSource https;
    private final Map<String, SourceBucket> buckets = new ConcurrentHashMap<>();

    /// A staged file of an import.
    ///
    /// @param split split that the request names; empty if the path decides
    /// @param fetched whether the file was staged for this import and is deleted with it
    public record Source(StagedFile file, String split, boolean fetched) {}

    public Sources(Staging staging, SourceSettings settings) {
        this.staging = staging;
        this.settings = settings;
        this.https = new HttpsSource(settings);
    }

    /// The files that an import reads, of those below a prefix.
    public enum Content {
        ROWS("data file") {
            @Override
            boolean isIn(String key) {
                return DATA.matcher(key).matches();
            }
        },
        DOCUMENTS("document (" + DocumentFormat.ENDINGS + ")") {
            @Override
            boolean isIn(String key) {
                return DocumentFormat.of(key).isPresent();
            }
        };

        final String words;

        Content(String words) {
            this.words = words;
        }

        abstract boolean isIn(String key);
    }

    /// Stages the files of a request. Files that were fetched before a failure are deleted.
    ///
    /// @param content content of files that a prefix stands for
    /// @param fetched receives the number of further bytes that were fetched
    /// @throws ApiException INVALID_FIELD for a source that is refused or not there, RESOURCE_NOT_FOUND for an
    /// unknown
    ///     upload, DEPENDENCY_UNAVAILABLE for a source that breaks or changes while it is read
    public List<Source> stage(String project, List<DataFile> files, Content content, LongConsumer fetched)
            throws IOException {
        List<Source> staged = new ArrayList<>();
        try {
            for (DataFile file : files) {
                stage(project, file, content, staged, fetched);
            }
            return staged;
        } catch (IOException | RuntimeException e) {
            discard(project, staged);
            throw e;
        }
    }

    /// Deletes the files that were fetched for an import.
    public void discard(String project, List<Source> staged) {
        staged.stream()
                .filter(Source::fetched)
                .forEach(source -> staging.discard(project, source.file().fileId()));
    }

    @Override
    public void close() throws IOException {
        buckets.values().forEach(SourceBucket::close);
        https.close();
    }

    private void stage(String project, DataFile file, Content content, List<Source> staged, LongConsumer fetched)
            throws IOException {
        if (file.hasUploadedFile()) {
            String path = file.getPath().isEmpty() ? file.getUploadedFile() : file.getPath();
            staged.add(new Source(staging.file(project, file.getUploadedFile(), path), file.getSplit(), false));
            return;
        }
        URI uri = uri(file.getUri());
        if (uri.getScheme().equals("s3")) {
            stageBucket(project, uri, file, content, staged, fetched);
        } else {
            String path = file.getPath().isEmpty() ? lastSegment(uri) : file.getPath();
            try (InputStream in = https.open(uri)) {
                staged.add(new Source(fetch(project, path, in, fetched), file.getSplit(), true));
            }
        }
    }

    private void stageBucket(
            String project, URI uri, DataFile file, Content content, List<Source> staged, LongConsumer fetched)
            throws IOException {
        String key = uri.getPath().replaceFirst("^/", "");
        SourceBucket bucket = bucket(uri.getHost() == null ? String.valueOf(uri.getAuthority()) : uri.getHost());
        if (bucket.reaches(key, settings.store())) {
            throw ApiException.invalidField(
                    "files.uri",
                    shown(uri) + " reaches into the services' own blob store, which has files of all projects");
        }
        try {
            List<SourceObject> objects = key.isEmpty() || key.endsWith("/")
                    ? bucket.list(key).stream()
                            .filter(object -> content.isIn(object.key()))
                            .toList()
                    : bucket.find(key).stream().toList();
            if (objects.isEmpty()) {
                throw ApiException.invalidField("files.uri", shown(uri) + " names no " + content.words);
            }
            if (objects.size() + staged.size() > MOST_FILES) {
                throw ApiException.invalidField("files.uri", shown(uri) + " names more than " + MOST_FILES + " files");
            }
            for (SourceObject object : objects) {
                if (object.size() > settings.largestBytes()) {
                    throw ApiException.invalidField(
                            "files.uri",
                            shown(uri) + " has " + object.size() + " bytes, at most " + settings.largestBytes()
                                    + " are read");
                }
                boolean isFolder = content == Content.DOCUMENTS && key.endsWith("/");
                String path = file.getPath().isEmpty() || objects.size() > 1 || isFolder
                        ? relative(object.key(), key)
                        : file.getPath();
                try (InputStream in = bucket.read(object)) {
                    staged.add(new Source(fetch(project, path, in, fetched), file.getSplit(), true));
                }
            }
        } catch (BlobStoreFullException full) {
            throw full;
        } catch (BlobException e) {
            throw ApiException.of(ErrorReason.DEPENDENCY_UNAVAILABLE, e.getMessage(), "dependency", "files.uri");
        }
    }

    private StagedFile fetch(String project, String path, InputStream in, LongConsumer fetched) throws IOException {
        return staging.stage(project, path, new CountedStream(in, fetched));
    }

    private SourceBucket bucket(String name) {
        URI location = settings.buckets().containsKey(name)
                ? settings.buckets().get(name)
                : settings.buckets().get("*");
        if (location == null) {
            throw ApiException.invalidField(
                    "files.uri", "the bucket " + Printable.of(name, 63) + " is not one of dataset.sources.s3-buckets");
        }
        try {
            return buckets.computeIfAbsent(
                    name,
                    bucket ->
                            SourceBucket.open(location.getScheme() == null ? URI.create("s3://" + bucket) : location));
        } catch (IllegalArgumentException unknown) {
            ApiException refused = ApiException.invalidField(
                    "files.uri",
                    "the bucket " + Printable.of(name, 63)
                            + " cannot be opened: dataset-service knows no region for it; AWS_REGION, or"
                            + " dataset.sources.s3-buckets, names one");
            refused.initCause(unknown);
            throw refused;
        }
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw ApiException.invalidField(
                    "files.uri", "is not a URI, at character " + (e.getIndex() + 1) + ": " + e.getReason());
        }
    }

    private static String lastSegment(URI uri) {
        String path = uri.getPath() == null ? "" : uri.getPath();
        String last = path.substring(path.lastIndexOf('/') + 1);
        return last.isEmpty() ? uri.getHost() : Printable.of(last, 200);
    }

    /// Returns a key without the folder that the request names.
    private static String relative(String key, String prefix) {
        String folder = prefix.substring(0, prefix.lastIndexOf('/') + 1);
        return Printable.of(key.startsWith(folder) ? key.substring(folder.length()) : key, 500);
    }

    private static String shown(URI uri) {
        return Printable.of("s3://" + uri.getAuthority() + uri.getRawPath(), 200);
    }
}

package dev.finetide.dataset.tokens;

import dev.finetide.blobs.BlobNotFoundException;
import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.ScratchDirectory;
import dev.finetide.kit.error.ApiException;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// The tokenizers of the bases that were asked for last. A base is loaded when somebody asks for
/// it, one at a time, because a large tokenizer needs a lot of memory while it is read. Its files
/// are on the disk only while it is loaded. Thread-safe.
final class LoadedBases implements AutoCloseable {
    /// Number of bases that stay in memory while nobody uses them.
    private static final int KEPT = 2;

    private static final long LARGEST_FILE = 64L << 20;
    private static final Pattern READ = Pattern.compile(
            "(tokenizer|tokenizer_config|special_tokens_map|added_tokens|config|generation_config)\\.json"
                    + "|chat_template\\.jinja|additional_chat_templates/[^/]+\\.jinja");

    private final BlobStore blobs;
    private final Map<String, Entry> byDigest = new LinkedHashMap<>(8, 0.75f, true);

    LoadedBases(BlobStore blobs) {
        this.blobs = blobs;
    }

    private static final class Entry {
        private final BaseText text;
        private int users;

        Entry(BaseText text) {
            this.text = text;
        }
    }

    /// A base in use. It stays in memory until it is closed.
    final class Use implements AutoCloseable {
        private final Entry entry;
        private boolean closed;

        private Use(Entry entry) {
            this.entry = entry;
        }

        BaseText text() {
            return entry.text;
        }

        @Override
        public void close() {
            synchronized (LoadedBases.this) {
                entry.users -= closed ? 0 : 1;
                closed = true;
                evict();
            }
        }
    }

    /// Returns a base's tokenizer and template, which are loaded if they are not in memory.
    ///
    /// @throws ApiException INVALID_FIELD naming the file that cannot be read
    synchronized Use use(Base base) {
        Entry entry = byDigest.get(base.getDigest());
        if (entry == null) {
            entry = new Entry(load(base));
            byDigest.put(base.getDigest(), entry);
        }
        entry.users++;
        evict();
        return new Use(entry);
    }

    /// Closes the bases that were used longest ago and that nobody uses.
    private void evict() {
        Iterator<Entry> oldestFirst = byDigest.values().iterator();
        int surplus = byDigest.size() - KEPT;
        while (surplus > 0 && oldestFirst.hasNext()) {
            Entry entry = oldestFirst.next();
            if (entry.users == 0) {
                entry.text.tokenizer().close();
                oldestFirst.remove();
                surplus--;
            }
        }
    }

    private BaseText load(Base base) {
        try (ScratchDirectory scratch = ScratchDirectory.create("finetide-base-")) {
            return load(base, scratch.path());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private BaseText load(Base base, Path dir) throws IOException {
        try {
            for (BlobFile file : base.getFilesList()) {
                if (READ.matcher(file.getPath()).matches()) {
                    fetch(base, file, dir);
                }
            }
            TemplateContract.require(
                    base.getTemplateDigest(), base.getName(), TemplateContract.digest(dir), "its stored copy");
            return BaseText.load(dir);
        } catch (ModelFormatException e) {
            throw ApiException.invalidField(
                    "base",
                    base.getName() + ": "
                            + e.getMessage().replace(dir + "/", "").replace(dir.toString(), "the base"));
        } catch (BlobNotFoundException e) {
            throw ApiException.notFound(base.getName() + ": one of its files");
        }
    }

    private void fetch(Base base, BlobFile file, Path dir) throws IOException {
        if (file.getSizeBytes() > LARGEST_FILE) {
            throw ApiException.invalidField(
                    "base",
                    "%s: %s: expected at most %d bytes, got %d"
                            .formatted(base.getName(), file.getPath(), LARGEST_FILE, file.getSizeBytes()));
        }
        Path target = dir.resolve(file.getPath());
        Files.createDirectories(target.getParent());
        blobs.download(new BlobRef(file.getBlobKey(), file.getSizeBytes(), file.getSha256()), target);
    }

    @Override
    public synchronized void close() {
        byDigest.values().forEach(entry -> entry.text.tokenizer().close());
        byDigest.clear();
    }
}

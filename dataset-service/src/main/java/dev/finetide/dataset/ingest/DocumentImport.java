package dev.finetide.dataset.ingest;

import dev.finetide.dataset.row.DocumentRow;
import dev.finetide.dataset.shard.HashedRow;
import dev.finetide.dataset.shard.VersionWriter;
import dev.finetide.dataset.source.StagedFile;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.Chunking;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadFile;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.SplitRules;
import dev.finetide.retrieval.chunk.Chunk;
import dev.finetide.retrieval.chunk.ChunkSettings;
import dev.finetide.retrieval.chunk.Chunker;
import dev.finetide.retrieval.document.Document;
import dev.finetide.retrieval.document.DocumentException;
import dev.finetide.retrieval.document.DocumentFormat;
import dev.finetide.retrieval.document.DocumentReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;

/// Cuts documents into passages and writes them as the rows of a version. At most one document is in
/// memory. Not thread-safe.
final class DocumentImport {
    /// The one split of a document set.
    static final String SPLIT = "documents";

    private final DocumentReader reader = new DocumentReader();
    private final Chunker chunker;
    private final VersionWriter writer;
    private final ImportCounter counter;

    DocumentImport(Chunking chunking, VersionWriter writer, ImportCounter counter) {
        this.chunker = new Chunker(settings(chunking));
        this.writer = writer;
        this.counter = counter;
    }

    /// Checks a request that reads documents: nothing that is about rows may stand in it.
    ///
    /// @throws ApiException INVALID_FIELD
    static void check(ImportDatasetVersionRequest request) {
        settings(request.getRead().getChunking());
        ReadOptions others = request.getRead().toBuilder().clearChunking().build();
        refuseUnless(others.equals(ReadOptions.getDefaultInstance()), "read.chunking", "other options of reading");
        refuseUnless(request.getSplit().equals(SplitRules.getDefaultInstance()), "split", "rules of splits");
        refuseUnless(!request.hasLength(), "length", "a limit of tokens");
        refuseUnless(request.getAllowInvalid() == 0, "allow_invalid", "invalid rows that may be left out");
        for (int i = 0; i < request.getFilesCount(); i++) {
            refuseUnless(request.getFiles(i).getSplit().isEmpty(), "files[" + i + "].split", "a split");
        }
    }

    private static void refuseUnless(boolean right, String field, String what) {
        if (!right) {
            throw ApiException.invalidField(field, "documents are read without " + what);
        }
    }

    private static ChunkSettings settings(Chunking chunking) {
        int words = chunking.getWords() == 0 ? ChunkSettings.DEFAULT.words() : chunking.getWords();
        int overlap = chunking.hasOverlapWords()
                ? chunking.getOverlapWords()
                : words * ChunkSettings.DEFAULT.overlap() / ChunkSettings.DEFAULT.words();
        try {
            return new ChunkSettings(words, overlap, ChunkSettings.DEFAULT.levels());
        } catch (IllegalArgumentException e) {
            throw ApiException.invalidField("read.chunking", e.getMessage());
        }
    }

    /// Reads a file to its end.
    ///
    /// @return what the file was found to be
    /// @throws ApiException INVALID_FIELD naming the file that is no document
    ReadFile read(StagedFile file) throws IOException {
        long before = writer.rows();
        try (InputStream in = new CountedFile(file, counter).open()) {
            reader.read(file.path(), in, document -> add(file.path(), before, document));
        } catch (DocumentException e) {
            throw ApiException.invalidField(file.path(), e.getMessage());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return ReadFile.newBuilder()
                .setPath(file.path())
                .setSplit(SPLIT)
                .setContainer(DocumentFormat.of(file.path())
                        .map(format -> format.name().toLowerCase(Locale.ROOT))
                        .orElse(""))
                .setShape(SPLIT)
                .setSizeBytes(file.sizeBytes())
                .setSha256(file.sha256())
                .setRecords(writer.rows() - before)
                .build();
    }

    /// @param before number of passages of the files before
    private void add(String path, long before, Document document) {
        try {
            for (Chunk chunk : chunker.chunks(document)) {
                RowPlace place = RowPlace.newBuilder()
                        .setFile(path)
                        .setRecord(writer.rows() - before + 1)
                        .build();
                writer.add(
                        SPLIT,
                        place,
                        HashedRow.of(DocumentRow.of(chunk), Collections.emptySortedMap(), Optional.empty()));
                counter.rows(1);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

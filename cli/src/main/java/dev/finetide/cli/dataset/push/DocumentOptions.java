package dev.finetide.cli.dataset.push;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.output.CommandOutput;
import dev.finetide.proto.dataset.v1.Chunking;
import dev.finetide.retrieval.document.DocumentException;
import dev.finetide.retrieval.document.DocumentFolder;
import dev.finetide.retrieval.document.DocumentFormat;
import dev.finetide.retrieval.document.DocumentReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Options that say which documents are pushed, and how they are cut into passages.
final class DocumentOptions {
    private static final int NAMED = 3;
    private static final int MOST_FILES = 10_000;

    @Option(
            names = "--documents",
            paramLabel = "DIR_OR_FILE",
            description =
                    "Documents to look passages up in, instead of rows: .txt, .md, .html, or .jsonl with title and"
                            + " text; a directory with all below it, or an https:// or s3:// address.")
    private String documents;

    @Option(
            names = "--chunk-words",
            paramLabel = "N",
            description = "Documents: most words of a passage; default: 200.")
    private Integer chunkWords;

    @Option(
            names = "--chunk-overlap",
            paramLabel = "N",
            description = "Documents: most words that a passage repeats from the one before; default: a fifth of"
                    + " --chunk-words.")
    private Integer chunkOverlap;

    boolean areGiven() {
        return documents != null;
    }

    /// Refuses sizes of passages where no documents are pushed.
    void check(CommandLine command) {
        if (documents == null && (chunkWords != null || chunkOverlap != null)) {
            throw new ParameterException(command, "--chunk-words and --chunk-overlap are for --documents");
        }
    }

    Chunking chunking() {
        Chunking.Builder chunking = Chunking.newBuilder();
        if (chunkWords != null) {
            chunking.setWords(chunkWords);
        }
        if (chunkOverlap != null) {
            chunking.setOverlapWords(chunkOverlap);
        }
        return chunking.build();
    }

    /// Returns the documents, each of which was looked at as far as its size.
    ///
    /// @param output receives a note about files of a directory that are no documents
    /// @throws CommandFailedException REFUSED naming the file that is none, or is too large
    List<DataSource> sources(CommandOutput output) throws IOException {
        if (DataArguments.isAddress(documents)) {
            return List.of(new DataSource.Address(documents, DataArguments.pathOf(documents), ""));
        }
        DocumentFolder folder;
        try {
            folder = DocumentFolder.list(Path.of(documents));
        } catch (DocumentException e) {
            throw CommandFailedException.refused(e.getMessage());
        }
        if (folder.files().size() > MOST_FILES) {
            throw CommandFailedException.refused(
                    documents + " holds " + folder.files().size() + " documents, more than " + MOST_FILES
                            + "; join them as lines of a .jsonl file");
        }
        List<DataSource> sources = new ArrayList<>();
        for (String file : folder.files()) {
            Path path = folder.root().resolve(file);
            boolean lines = DocumentFormat.of(file)
                    .filter(DocumentFormat.RECORDS::equals)
                    .isPresent();
            if (!lines && Files.size(path) > DocumentReader.MOST_BYTES) {
                throw CommandFailedException.refused(file + " has more than " + DocumentReader.MOST_BYTES
                        + " bytes, the most that one document may have; split it");
            }
            sources.add(new DataSource.LocalFile(path, file, ""));
        }
        int others = folder.others().size();
        if (others > 0) {
            output.note("skipped " + others + (others == 1 ? " file" : " files") + " of " + documents
                    + " that are no documents: "
                    + String.join(", ", folder.others().subList(0, Math.min(NAMED, others)))
                    + (others > NAMED ? ", ..." : ""));
        }
        return sources;
    }
}

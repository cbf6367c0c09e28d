package dev.finetide.cli.eval.export;

import java.io.IOException;

/// A file that takes records one after the other. Its stream stays open when it ends.
interface RecordFile {
    void add(ExportedRecord record) throws IOException;

    /// Writes the end of the file.
    void end() throws IOException;
}

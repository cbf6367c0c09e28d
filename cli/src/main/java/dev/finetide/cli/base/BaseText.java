package dev.finetide.cli.base;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import java.io.PrintWriter;

/// Prints a base for people.
final class BaseText {
    private BaseText() {}

    static long size(Base base) {
        return base.getFilesList().stream().mapToLong(BlobFile::getSizeBytes).sum();
    }

    static void print(Base base, PrintWriter out) {
        Table table = new Table()
                .row("base", Names.brief(base.getName()))
                .row("type", Formats.orDash(base.getModelType()))
                .row("size", Formats.bytes(size(base)))
                .row("digest", base.getDigest())
                .row("created", Formats.time(base.getCreateTime()));
        base.getFilesList()
                .forEach(file -> table.row(
                        "file",
                        file.getPath() + "  " + Formats.bytes(file.getSizeBytes()) + "  "
                                + Formats.digest(file.getSha256())));
        table.print(out);
    }
}

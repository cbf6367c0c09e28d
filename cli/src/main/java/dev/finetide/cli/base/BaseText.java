package dev.finetide.cli.base;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.Table;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ChatTemplateSummary;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Prints a base for people.
final class BaseText {
    private BaseText() {}

    static long size(Base base) {
        return base.getFilesList().stream().mapToLong(BlobFile::getSizeBytes).sum();
    }

    private static String template(Base base) {
        ChatTemplateSummary template = base.getChatTemplate();
        if (!base.hasChatTemplate()) {
            return "not known";
        }
        if (!template.getPresent()) {
            return "none";
        }
        List<String> missing = new ArrayList<>();
        Map<String, Boolean> parts = new LinkedHashMap<>();
        parts.put("system turns", template.getWritesSystemTurn());
        parts.put("tools", template.getWritesTools());
        parts.put("tool calls", template.getWritesToolCalls());
        parts.put("tool results", template.getWritesToolResults());
        parts.put("reasoning", template.getWritesReasoning());
        parts.forEach((part, written) -> {
            if (!written) {
                missing.add(part);
            }
        });
        return missing.isEmpty() ? "writes all parts of a conversation" : "leaves out " + String.join(", ", missing);
    }

    static void print(Base base, PrintWriter out) {
        Table table = new Table()
                .row("base", Names.brief(base.getName()))
                .row("type", Formats.orDash(base.getModelType()))
                .row("origin", Formats.orDash(base.getOrigin()))
                .row("chat template", template(base))
                .row("size", Formats.bytes(size(base)))
                .row("digest", base.getDigest())
                .row("template contract", Formats.orDash(Formats.digest(base.getTemplateDigest())))
                .row("created", Formats.time(base.getCreateTime()));
        base.getFilesList()
                .forEach(file -> table.row(
                        "file",
                        file.getPath() + "  " + Formats.bytes(file.getSizeBytes()) + "  "
                                + Formats.digest(file.getSha256())));
        table.print(out);
    }
}

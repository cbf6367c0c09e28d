package dev.finetide.dataset.tokens;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.CheckSupervisionRequest;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ExplainRowRequest;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.proto.dataset.v1.SupervisionReport;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.TextRow;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Shows and measures rows as a base sees them, by the code that trains. Only the base's tokenizer
/// and chat template are read, never its weights. Thread-safe.
public final class BaseTexts implements AutoCloseable {
    private final Function<String, Base> bases;
    private final LoadedBases loaded;

    /// @param bases finds a base by its name; throws ApiException RESOURCE_NOT_FOUND,
    ///     DEPENDENCY_UNAVAILABLE
    public BaseTexts(Function<String, Base> bases, BlobStore blobs) {
        this.bases = bases;
        this.loaded = new LoadedBases(blobs);
    }

    /// Opens the measure of rows that a limit asks for.
    ///
    /// @throws ApiException INVALID_FIELD if the base has no tokenizer that can be read or too
    ///     small a context, RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    public RowLengths lengths(LengthLimit limit) {
        LoadedBases.Use use = loaded.use(bases.apply(limit.getBase()));
        try {
            int context = use.text().context();
            if (limit.getMaxTokens() > context) {
                throw ApiException.invalidField(
                        "max_tokens",
                        "expected at most %d, the context of %s, got %d"
                                .formatted(context, limit.getBase(), limit.getMaxTokens()));
            }
            int tokens = limit.getMaxTokens() == 0 ? context : limit.getMaxTokens();
            return new Lengths(use, encoder(use.text(), limit.getBase(), false, Integer.MAX_VALUE), tokens);
        } catch (RuntimeException e) {
            use.close();
            throw e;
        }
    }

    private record Lengths(LoadedBases.Use use, RowEncoder encoder, int limit) implements RowLengths {
        @Override
        public int tokens(byte[] canonicalJson) throws RowFault {
            try {
                return encoder.length(TextRow.parse(new String(canonicalJson, StandardCharsets.UTF_8)));
            } catch (RowRefused refused) {
                throw new RowFault(refused.getMessage());
            }
        }

        @Override
        public void close() {
            use.close();
        }
    }

    /// Shows a row as the base reads it.
    ///
    /// @param rows the row that is asked for, if the split has so many
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    public RowTokens explain(ExplainRowRequest request, Iterator<Row> rows) {
        if (!rows.hasNext()) {
            throw ApiException.invalidField(
                    "row", "expected a row that the split has, got " + Math.max(1, request.getRow()));
        }
        Row row = rows.next();
        try (LoadedBases.Use use = loaded.use(bases.apply(request.getBase()))) {
            BaseText text = use.text();
            RowEncoder encoder = encoder(text, request.getBase(), request.getAsText(), text.context());
            boolean isAllText = RowParsing.isAllText(row.getJson());
            RowTokens.Builder shown = ShownRow.of(text, RowParsing.see(encoder, row.getJson()));
            if (isAllText) {
                shown.clearPromptTokens();
            }
            return shown.setRow(row)
                    .setBase(request.getBase())
                    .setChatTemplate(encoder.writesTurns() && !isAllText)
                    .build();
        }
    }

    /// Counts what is learnt from the rows of a split.
    ///
    /// @param rows all rows of the split
    /// @param over whether nobody waits for the answer any more
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, DEPENDENCY_UNAVAILABLE
    public SupervisionReport check(
            DatasetVersion version, CheckSupervisionRequest request, Iterator<Row> rows, BooleanSupplier over) {
        try (LoadedBases.Use use = loaded.use(bases.apply(request.getBase()))) {
            BaseText text = use.text();
            int maxLength = request.getMaxLength() == 0 ? text.context() : request.getMaxLength();
            if (maxLength < 2 || maxLength > text.context()) {
                throw ApiException.invalidField(
                        "max_length",
                        "expected 2 to %d, the context of %s, got %d"
                                .formatted(text.context(), request.getBase(), maxLength));
            }
            SplitSupervision counts =
                    new SplitSupervision(encoder(text, request.getBase(), request.getAsText(), maxLength), over);
            while (rows.hasNext() && !over.getAsBoolean()) {
                counts.add(rows.next());
            }
            return counts.report()
                    .setDatasetVersion(version.getName())
                    .setBase(request.getBase())
                    .setSplit(request.getSplit().isEmpty() ? "train" : request.getSplit())
                    .setTemplateDigest(text.digest())
                    .build();
        }
    }

    private static RowEncoder encoder(BaseText text, String base, boolean asText, int maxLength) {
        try {
            return text.encoder(asText, maxLength);
        } catch (RowRefused refused) {
            throw ApiException.invalidField("base", base + ": " + refused.getMessage());
        }
    }

    @Override
    public void close() {
        loaded.close();
    }
}

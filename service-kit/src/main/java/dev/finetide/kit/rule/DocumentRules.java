package dev.finetide.kit.rule;

import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.Optional;

/// Tells document sets from datasets: passages of documents are looked up, and rows are trained on and
/// asked.
public final class DocumentRules {
    private DocumentRules() {}

    /// Returns why a version cannot be trained on, asked or derived from: it is a document set.
    ///
    /// @param field name of the field that names the version
    public static Optional<FieldViolation> refusal(String field, DatasetVersion version) {
        return version.getRowFormat() == RowFormat.DOCUMENTS
                ? Optional.of(new FieldViolation(
                        field,
                        "expected rows with questions and answers, got " + version.getName()
                                + ", a document set: its passages can only be looked up"))
                : Optional.empty();
    }

    /// Returns why an arm cannot look passages up in a version: it is no document set.
    ///
    /// @param field name of the field that names the version
    public static Optional<FieldViolation> noDocuments(String field, DatasetVersion version) {
        return version.getRowFormat() == RowFormat.DOCUMENTS
                ? Optional.empty()
                : Optional.of(new FieldViolation(
                        field,
                        "expected a document set, as dataset push --documents makes it, got " + version.getName()
                                + ", which has " + version.getRowFormat() + " rows"));
    }
}

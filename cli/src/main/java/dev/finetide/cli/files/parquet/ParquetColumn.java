package dev.finetide.cli.files.parquet;

/// A column of a Parquet file.
///
/// @param isOptional whether a record may have no value
public record ParquetColumn(String name, Kind kind, boolean isOptional) {
    /// Kinds of values, each with Parquet's number of its physical type.
    public enum Kind {
        FLAG(0),
        INTEGER(2),
        NUMBER(5),
        TEXT(6);

        final int type;

        Kind(int type) {
            this.type = type;
        }
    }

    /// Describes the column in a footer. Texts are marked as UTF-8 by the old word and by the new one, because readers
    /// know one of them.
    CompactStruct schema() {
        CompactStruct element = new CompactStruct()
                .integer(1, kind.type)
                .integer(3, isOptional ? 1 : 0)
                .text(4, name);
        return kind == Kind.TEXT
                ? element.integer(6, 0).struct(10, new CompactStruct().struct(1, new CompactStruct()))
                : element;
    }
}

package dev.finetide.sft.text;

/// A row that cannot be trained on or evaluated, with the reason. The reason names fields, counts
/// and lengths and never holds text of the row.
public final class RowRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RowRefused(String reason) {
        super(reason);
    }
}

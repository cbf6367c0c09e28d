package dev.finetide.sft.text;

/// Reports a row that cannot be trained on or evaluated. The reason names fields, counts and lengths, and never
/// holds text of the row.
public final class RowRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    public RowRefused(String reason) {
        super(reason);
    }
}

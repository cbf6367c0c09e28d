package dev.finetide.sft.text;

import java.util.Optional;

/// Reports a row that cannot be trained on or evaluated. The reason names fields, counts and lengths, and never
/// holds text of the row.
public final class RowRefused extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Optional<RowFinding> finding;
    private final String field;
    private final String reason;

    /// @param reason reason of a kind that no setting can excuse, such as a row that is no JSON
    public RowRefused(String reason) {
        super(reason);
        this.finding = Optional.empty();
        this.field = "";
        this.reason = reason;
    }

    /// @param field part of the row that is meant: `messages[1].tool_calls`; empty for the whole row
    public RowRefused(RowFinding finding, String field, String reason) {
        super(new Found(finding, field, reason).message());
        this.finding = Optional.of(finding);
        this.field = field;
        this.reason = reason;
    }

    /// Returns what was found. A row that is of no known kind counts as refused by the template, because no base can
    /// read it.
    Found found() {
        return new Found(finding.orElse(RowFinding.REFUSED_BY_TEMPLATE), field, reason);
    }

    /// Returns the kind of the refusal, if a user may choose to leave such rows out.
    public Optional<RowFinding> finding() {
        return finding;
    }

    /// Returns the part of the row that is meant; empty for the whole row.
    public String field() {
        return field;
    }
}

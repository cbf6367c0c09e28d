package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.node.DecimalNode;
import java.math.BigDecimal;

/// A number that a template writes as its source did, such as "1e5", where the canonical row has another form of it.
final class WrittenNumber extends DecimalNode {
    private static final long serialVersionUID = 1;

    private final String written;

    WrittenNumber(BigDecimal value, String written) {
        super(value);
        this.written = written;
    }

    @Override
    public String asText() {
        return written;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}

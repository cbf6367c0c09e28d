package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import java.util.ArrayList;
import java.util.List;

/// Collects what is wrong with a request's fields, so that one refusal names everything.
final class Violations {
    private final List<FieldViolation> found = new ArrayList<>();

    void require(boolean held, String field, String expected, Object actual) {
        if (!held) {
            found.add(new FieldViolation(field, expected + ", got " + actual));
        }
    }

    void addAll(List<FieldViolation> more) {
        found.addAll(more);
    }

    List<FieldViolation> found() {
        return List.copyOf(found);
    }

    /// @throws ApiException INVALID_FIELD with every violation, if there is one
    void refuseIfAny() {
        if (!found.isEmpty()) {
            throw ApiException.invalidFields(found);
        }
    }
}

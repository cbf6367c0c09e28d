package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import java.util.ArrayList;
import java.util.List;

/// What is wrong with a request's fields, told all at once.
final class Violations {
    private final List<FieldViolation> found = new ArrayList<>();

    void require(boolean held, String field, String expected, Object actual) {
        if (!held) {
            found.add(new FieldViolation(field, expected + ", got " + actual));
        }
    }

    void between(String field, long value, long lowest, long highest) {
        require(value >= lowest && value <= highest, field, "expected " + lowest + " to " + highest, value);
    }

    /// 0 to below 1.
    void part(String field, double value) {
        require(value >= 0 && value < 1, field, "expected 0 to below 1", value);
    }

    void aboveZero(String field, double value) {
        require(value > 0 && Double.isFinite(value), field, "expected a finite number above 0", value);
    }

    void atLeastZero(String field, double value) {
        require(value >= 0 && Double.isFinite(value), field, "expected a finite number of at least 0", value);
    }

    void addAll(ApiException malformed) {
        found.addAll(malformed.violations());
    }

    /// @throws ApiException INVALID_FIELD with every violation, if there is one
    void refuseIfAny() {
        if (!found.isEmpty()) {
            throw ApiException.invalidFields(found);
        }
    }
}

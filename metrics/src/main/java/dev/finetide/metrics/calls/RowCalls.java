package dev.finetide.metrics.calls;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/// The parts of a row by which calls are scored.
///
/// @param tools the row's tools as JSON; empty where the row names none
/// @param acceptable the calls that are right as JSON, in a form that [ExpectedCalls#of] reads, as the
///     row's own `tool_calls`, or `[]` where no call is right; where absent, the calls in the text of
///     the reference
/// @param convention the form in which the arm writes calls
public record RowCalls(String tools, Optional<String> acceptable, CallConvention convention) {
    public RowCalls {
        requireNonNull(tools, "tools");
        requireNonNull(acceptable, "acceptable");
        requireNonNull(convention, "convention");
    }

    /// Returns what is known of a row that is text alone: no tools, and calls in plain JSON.
    public static RowCalls unknown() {
        return new RowCalls("", Optional.empty(), CallConvention.PLAIN_JSON);
    }

    /// Returns whether the row names its tools, so that a name can be invented.
    public boolean hasTools() {
        return !tools.isBlank();
    }

    /// Returns the calls that the row expects.
    ///
    /// @param reference text of the reference
    /// @param texts rule for texts of calls that are not in the Berkeley form
    /// @throws UnusableTools where the tools cannot be read
    /// @throws UnusableReference where the calls of the reference cannot be read
    public ExpectedCalls expected(String reference, TextRule texts) {
        Tools known = Tools.of(tools);
        if (acceptable.isPresent()) {
            return ExpectedCalls.of(acceptable.get(), known, texts);
        }
        CallReply calls = convention.read(reference);
        if (calls.calls().isEmpty() || !calls.problems().isEmpty()) {
            calls = CallConvention.PLAIN_JSON.read(reference);
        }
        if (!calls.problems().isEmpty()) {
            throw new UnusableReference("A call of the reference cannot be read");
        }
        return ExpectedCalls.of(calls.calls(), known, texts);
    }
}

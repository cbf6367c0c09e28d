package dev.finetide.jinja.builtin;

import dev.finetide.jinja.value.Arguments;
import dev.finetide.jinja.value.Callable;
import dev.finetide.jinja.value.Fault;

/// The function `raise_exception`, by which a template refuses a conversation. The evaluator gives the error the words
/// that stand in the template; text that the template takes from the row stays out of errors.
public final class RaiseException implements Callable {
    /// Characters of a message that an error shows.
    private static final int MOST_SHOWN = 300;

    @Override
    public Object call(Arguments arguments) {
        throw raised("");
    }

    /// Makes the fault of a call.
    ///
    /// @param words literal text of the template, or an empty text where the message has none
    public static Fault raised(String words) {
        String plain = words.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]+", " ");
        String shown = plain.length() > MOST_SHOWN ? plain.substring(0, MOST_SHOWN) + "…" : plain;
        return new Fault(shown.isBlank() ? "the template raised an exception" : shown);
    }
}

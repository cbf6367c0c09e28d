package dev.finetide.sft;

/// Checks the value of a setting, a row or a file against what is expected of it.
public final class Setting {
    private Setting() {}

    /// Refuses a value that is not as expected.
    ///
    /// @param holds whether the value is as expected
    /// @param name name of the setting, or the place of the value: "row 3: length"
    /// @throws IllegalArgumentException with the name, the value and what was expected
    public static void require(boolean holds, String name, String expected, Object value) {
        if (!holds) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + expected);
        }
    }
}

package dev.finetide.dataset.recipe;

import java.io.IOException;
import java.util.Optional;

/// A step of a recipe: takes rows one by one, and leaves out or changes some. A new kind of step is a
/// class and a line in [Steps]. Used by one thread.
interface RowStep extends AutoCloseable {
    /// Takes a row.
    ///
    /// @param ordinal number of rows that came to the step before
    /// @return the row, another row in its place, or nothing
    Optional<RecipeRow> apply(RecipeRow row, long ordinal) throws IOException;

    /// Returns whether the step must see all rows before it can take the first.
    default boolean looksFirst() {
        return false;
    }

    /// Sees a row that [#apply] takes later, with the same ordinal.
    default void look(RecipeRow row, long ordinal) throws IOException {}

    /// Has seen all rows.
    default void looked() throws IOException {}

    @Override
    default void close() throws IOException {}
}

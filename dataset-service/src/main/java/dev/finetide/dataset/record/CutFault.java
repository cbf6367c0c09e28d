package dev.finetide.dataset.record;

import dev.finetide.dataset.row.RowFault;
import java.util.Optional;

/// A place of a file that holds no record, such as a line that is too long.
///
/// @param raw text of the place, if it is short enough to keep
public record CutFault(long line, long record, RowFault fault, Optional<String> raw) implements Cut {}

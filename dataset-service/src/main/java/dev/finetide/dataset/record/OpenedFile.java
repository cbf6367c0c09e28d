package dev.finetide.dataset.record;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;

/// A file that is ready to be cut.
///
/// @param path    path as the user knows the file
/// @param content bytes after decompression; of a text, in UTF-8 and without byte order mark
/// @param sample  first bytes, for what they tell
/// @param scratch directory for a spooled copy
/// @param local   the file on this machine, if its bytes are the content
record OpenedFile(String path, InputStream content, Sample sample, Path scratch, Optional<Path> local) {}

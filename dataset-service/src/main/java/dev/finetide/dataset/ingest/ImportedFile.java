package dev.finetide.dataset.ingest;

import dev.finetide.dataset.source.StagedFile;

/// A file of an import with the split of its rows.
public record ImportedFile(StagedFile file, String split) {}

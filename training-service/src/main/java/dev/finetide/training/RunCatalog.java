package dev.finetide.training;

import dev.finetide.kit.catalog.Catalog;
import dev.finetide.proto.model.v1.Base;
import java.util.OptionalInt;

/// Looks up the things that a run is made from.
interface RunCatalog extends Catalog {
    /// Returns the longest row that the base can take, in tokens; empty if its `config.json` does not say.
    ///
    /// @throws dev.finetide.kit.error.ApiException INVALID_FIELD if the file is not JSON
    OptionalInt context(Base base);
}

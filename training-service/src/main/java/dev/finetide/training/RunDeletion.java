package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.work.WorkState;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.model.v1.ModelVersion.State;
import java.util.Optional;

/// Decides whether a run may be deleted. An ended run never begins again, and a version that is rejected
/// or deleted stays so; so the answer holds until the deletion is written.
final class RunDeletion {
    private static final String VERB = "delete";

    private RunDeletion() {}

    /// @throws ApiException ILLEGAL_STATE with what needs the run; DEPENDENCY_UNAVAILABLE
    static void check(Run run, RunStore store, RunCatalog catalog) {
        if (run.isDeleted()) {
            return;
        }
        if (!run.hasEnded()) {
            throw ApiException.illegalState(run.name(), run.view().getState().name(), VERB);
        }
        if (run.state() instanceof WorkState.Succeeded && !run.isDryRun()) {
            checkVersion(run, store, catalog);
        }
    }

    private static void checkVersion(Run run, RunStore store, RunCatalog catalog) {
        String name = run.view().getModelVersion();
        if (name.isEmpty()) {
            throw needed(run, "its model version, which is not registered yet");
        }
        ModelVersion version = catalog.modelVersion(name);
        if (version.getState() != State.REJECTED && version.getState() != State.DELETED) {
            throw needed(run, name + " (" + version.getState() + ")");
        }
        Optional<Run> continued = store.open().stream()
                .filter(open -> open.view().getConfig().getFromModelVersion().equals(name))
                .findFirst();
        if (continued.isPresent()) {
            throw needed(run, continued.get().name() + ", which continues from its adapter");
        }
    }

    private static ApiException needed(Run run, String by) {
        return ApiException.illegalState(run.name(), "needed by " + by, VERB);
    }
}

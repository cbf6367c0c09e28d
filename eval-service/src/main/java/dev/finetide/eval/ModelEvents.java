package dev.finetide.eval;

import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import java.util.Optional;

/// Reads the version that an event of the registry announces.
final class ModelEvents {
    private ModelEvents() {}

    static Optional<ModelVersion> version(ModelEvent event) {
        return switch (event.getEventCase()) {
            case MODEL_VERSION_REGISTERED ->
                Optional.of(event.getModelVersionRegistered().getModelVersion());
            case MODEL_VERSION_EVALUATING ->
                Optional.of(event.getModelVersionEvaluating().getModelVersion());
            case MODEL_VERSION_HELD -> Optional.of(event.getModelVersionHeld().getModelVersion());
            case MODEL_VERSION_APPROVED ->
                Optional.of(event.getModelVersionApproved().getModelVersion());
            case MODEL_VERSION_REJECTED ->
                Optional.of(event.getModelVersionRejected().getModelVersion());
            case MODEL_VERSION_REVOKED ->
                Optional.of(event.getModelVersionRevoked().getModelVersion());
            case MODEL_VERSION_DELETED ->
                Optional.of(event.getModelVersionDeleted().getModelVersion());
            case EVENT_NOT_SET -> Optional.empty();
        };
    }
}

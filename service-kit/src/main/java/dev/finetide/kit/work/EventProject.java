package dev.finetide.kit.work;

import dev.finetide.kit.error.Printable;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.Locale;

/// Checks that everything in another service's event belongs to one project. Whoever can write to a topic can put any
/// name into an event, such as a model of another project for the output of its own run.
public final class EventProject {
    private final String event;
    private final String project;

    private EventProject(ResourceType type, String name) {
        if (!type.matches(name)) {
            throw new IllegalArgumentException("an event is about " + Printable.of(name) + ", expected a "
                    + type.name().toLowerCase(Locale.ROOT));
        }
        this.event = name;
        this.project = type.ids("name", name).getFirst();
    }

    /// Returns the id of a run's project.
    ///
    /// @throws IllegalArgumentException if the run has no name of a run, or a name in it is of another project
    public static String of(TrainingRun run) {
        EventProject event = new EventProject(ResourceType.TRAINING_RUN, run.getName());
        event.require("config.model", run.getConfig().getModel());
        event.require("config.base", run.getConfig().getBase());
        event.require("config.dataset_version", run.getConfig().getDatasetVersion());
        event.require("config.from_model_version", run.getConfig().getFromModelVersion());
        event.require("base", run.getBase().getName());
        event.require("dataset_version", run.getDatasetVersion().getName());
        event.require("passage_documents", run.getPassageDocuments().getName());
        return event.project;
    }

    /// Returns the id of an evaluation's project.
    ///
    /// @throws IllegalArgumentException as for a run
    public static String of(Evaluation evaluation) {
        EventProject event = new EventProject(ResourceType.EVALUATION, evaluation.getName());
        event.require("base", evaluation.getBase().getName());
        event.require("dataset_version", evaluation.getDatasetVersion().getName());
        event.require("model_version", evaluation.getModelVersion());
        evaluation.getOtherVersionsList().forEach(version -> event.require("other_versions", version.getName()));
        if (evaluation.hasTrainingRun()) {
            event.require("training_run", evaluation.getTrainingRun().getName());
            of(evaluation.getTrainingRun());
        }
        return event.project;
    }

    /// Returns the id of a version's project.
    ///
    /// @throws IllegalArgumentException as for a run
    public static String of(ModelVersion version) {
        EventProject event = new EventProject(ResourceType.MODEL_VERSION, version.getName());
        event.require("training_run", version.getTrainingRun());
        event.require("evaluation", version.getEvaluation());
        event.require("base", version.getBase());
        event.require("dataset_version", version.getDatasetVersion());
        event.require("passages.documents", version.getPassages().getDocuments());
        return event.project;
    }

    private void require(String field, String name) {
        if (!name.isEmpty() && !name.startsWith("projects/" + project + "/")) {
            throw new IllegalArgumentException(
                    event + ": " + field + ": expected a name in its project, got " + Printable.of(name));
        }
    }
}

package dev.finetide.dataset.lineage;

import dev.finetide.kit.store.Database;
import dev.finetide.kit.work.EventProject;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationEvent;
import dev.finetide.proto.model.v1.ModelEvent;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.TrainingEvent;
import dev.finetide.proto.training.v1.TrainingRun;
import java.util.List;

/// Knows what needs the rows of dataset versions, from the events of the other services. Events may come
/// more than once; those of different services come in any order.
///
/// A run that has succeeded needs its rows until its model version is registered, which then needs them
/// itself. A model version that is rejected or deleted can never be served, and needs nothing.
public final class PostgresVersionUsers {
    private final Database database;

    public PostgresVersionUsers(Database database) {
        this.database = database;
    }

    /// Returns what needs a version, as text for people: "projects/p/trainingRuns/r (RUNNING)".
    public List<String> of(String datasetVersion, int limit) {
        return database.with(handle -> handle.createQuery("""
                        select name, state from version_users where dataset_version = :version order by name limit :limit""")
                .bind("version", datasetVersion)
                .bind("limit", limit)
                .map((row, context) -> row.getString("name") + " (" + row.getString("state") + ")")
                .list());
    }

    public void on(TrainingEvent event) {
        switch (event.getEventCase()) {
            case TRAINING_RUN_REQUESTED -> uses(event.getTrainingRunRequested().getTrainingRun());
            case TRAINING_RUN_STARTED -> uses(event.getTrainingRunStarted().getTrainingRun());
            case TRAINING_RUN_REQUEUED -> uses(event.getTrainingRunRequeued().getTrainingRun());
            case TRAINING_RUN_SUCCEEDED ->
                succeeded(event.getTrainingRunSucceeded().getTrainingRun());
            case TRAINING_RUN_FAILED ->
                ended(event.getTrainingRunFailed().getTrainingRun().getName());
            case TRAINING_RUN_CANCELLED ->
                ended(event.getTrainingRunCancelled().getTrainingRun().getName());
            case TRAINING_RUN_ESTIMATED ->
                ended(event.getTrainingRunEstimated().getTrainingRun().getName());
            case TRAINING_RUN_DELETED ->
                ended(event.getTrainingRunDeleted().getTrainingRun().getName());
            case EVENT_NOT_SET -> {} // an event of a later version
        }
    }

    public void on(EvaluationEvent event) {
        switch (event.getEventCase()) {
            case EVALUATION_REQUESTED -> uses(event.getEvaluationRequested().getEvaluation());
            case EVALUATION_STARTED -> uses(event.getEvaluationStarted().getEvaluation());
            case EVALUATION_SUCCEEDED ->
                ended(event.getEvaluationSucceeded().getEvaluation().getName());
            case EVALUATION_FAILED ->
                ended(event.getEvaluationFailed().getEvaluation().getName());
            case EVALUATION_CANCELLED ->
                ended(event.getEvaluationCancelled().getEvaluation().getName());
            case EVENT_NOT_SET -> {} // an event of a later version
        }
    }

    public void on(ModelEvent event) {
        switch (event.getEventCase()) {
            case MODEL_VERSION_REGISTERED ->
                is(event.getModelVersionRegistered().getModelVersion());
            case MODEL_VERSION_EVALUATING ->
                is(event.getModelVersionEvaluating().getModelVersion());
            case MODEL_VERSION_HELD -> is(event.getModelVersionHeld().getModelVersion());
            case MODEL_VERSION_APPROVED -> is(event.getModelVersionApproved().getModelVersion());
            case MODEL_VERSION_REJECTED -> is(event.getModelVersionRejected().getModelVersion());
            case MODEL_VERSION_REVOKED -> is(event.getModelVersionRevoked().getModelVersion());
            case MODEL_VERSION_DELETED -> is(event.getModelVersionDeleted().getModelVersion());
            case EVENT_NOT_SET -> {} // an event of a later version
        }
    }

    private void uses(TrainingRun run) {
        EventProject.of(run);
        use(run.getName(), run.getDatasetVersion().getName(), run.getState().name());
        if (run.hasPassageDocuments()) {
            use(
                    run.getName(),
                    run.getPassageDocuments().getName(),
                    run.getState().name());
        }
    }

    private void uses(Evaluation evaluation) {
        EventProject.of(evaluation);
        String version = evaluation.hasDatasetVersion()
                ? evaluation.getDatasetVersion().getName()
                : evaluation.getTrainingRun().getDatasetVersion().getName();
        use(evaluation.getName(), version, evaluation.getState().name());
        evaluation
                .getOtherVersionsList()
                .forEach(other -> use(
                        evaluation.getName(),
                        other.getName(),
                        evaluation.getState().name()));
    }

    private void succeeded(TrainingRun run) {
        boolean registered = database.with(
                handle -> handle.createQuery("select exists (select from registered_runs where name = :run)")
                        .bind("run", run.getName())
                        .mapTo(Boolean.class)
                        .one());
        if (registered) {
            ended(run.getName());
        } else {
            uses(run);
        }
    }

    private void is(ModelVersion version) {
        EventProject.of(version);
        database.with(
                handle -> handle.createUpdate("insert into registered_runs (name) values (:run) on conflict do nothing")
                        .bind("run", version.getTrainingRun())
                        .execute());
        switch (version.getState()) {
            case REJECTED, DELETED -> ended(version.getName());
            case REGISTERED, EVALUATING, PENDING_APPROVAL, APPROVED, REVOKED, STATE_UNSPECIFIED, UNRECOGNIZED -> {
                use(
                        version.getName(),
                        version.getDatasetVersion(),
                        version.getState().name());
                if (!version.getPassages().getDocuments().isEmpty()) {
                    use(
                            version.getName(),
                            version.getPassages().getDocuments(),
                            version.getState().name());
                }
            }
        }
        // The version is noted before the run is forgotten: the rows are needed without a gap.
        ended(version.getTrainingRun());
    }

    private void use(String name, String version, String state) {
        database.with(handle -> handle.createUpdate("""
                        insert into version_users (name, dataset_version, state) values (:name, :version, :state)
                        on conflict (name, dataset_version) do update set state = excluded.state""")
                .bind("name", name)
                .bind("version", version)
                .bind("state", state)
                .execute());
    }

    private void ended(String name) {
        database.with(handle -> handle.createUpdate("delete from version_users where name = :name")
                .bind("name", name)
                .execute());
    }
}

package dev.finetide.cli.eval.page;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.run.LossCurve;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.model.v1.GetModelVersionRequest;
import dev.finetide.proto.training.v1.GetTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingRun;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The trainings that made the models of an evaluation's arms.
///
/// @param all in the order of the arms, each training once
public record Trainings(List<Training> all) {
    /// One training.
    ///
    /// @param arms names of the arms whose model it made; none if the evaluation does not name them
    /// @param asTrained the first of these arms that is asked as its rows were learnt
    /// @param curve losses of its steps
    record Training(List<String> arms, Optional<String> asTrained, TrainingRun run, LossCurve curve) {
        /// Returns the run with its arms: "run-1 (tuned, tuned-few-shot)".
        String title() {
            return Names.brief(run.getName()) + (arms.isEmpty() ? "" : " (" + String.join(", ", arms) + ")");
        }
    }

    /// Finds the trainings and reads their losses. A training that is deleted is left out.
    ///
    /// @param others resource names of runs of which the evaluation knows nothing
    /// @param notes is told what cannot be shown
    static Trainings of(Services services, Evaluation evaluation, List<String> others, Consumer<String> notes) {
        Map<String, List<EvaluationArm>> byRun = new LinkedHashMap<>();
        for (EvaluationArm arm : evaluation.getArmsList()) {
            run(services, evaluation, arm)
                    .ifPresent(run ->
                            byRun.computeIfAbsent(run, _ -> new ArrayList<>()).add(arm));
        }
        if (evaluation.hasTrainingRun()) {
            byRun.computeIfAbsent(evaluation.getTrainingRun().getName(), _ -> new ArrayList<>());
        }
        others.forEach(run -> byRun.computeIfAbsent(run, _ -> new ArrayList<>()));
        List<Training> all = new ArrayList<>();
        byRun.forEach((name, arms) -> known(() -> training(services, evaluation, name, arms))
                .ifPresentOrElse(
                        all::add, () -> notes.accept("run " + Names.brief(name) + " is gone, and its losses with it")));
        return new Trainings(List.copyOf(all));
    }

    private static Training training(Services services, Evaluation evaluation, String name, List<EvaluationArm> arms) {
        TrainingRun run = evaluation.getTrainingRun().getName().equals(name)
                ? evaluation.getTrainingRun()
                : services.runs()
                        .call(stub -> stub.getTrainingRun(
                                GetTrainingRunRequest.newBuilder().setName(name).build()));
        return new Training(
                arms.stream().map(arm -> arm.getArm().getName()).toList(),
                arms.stream()
                        .filter(Trainings::isAskedAsTrained)
                        .map(arm -> arm.getArm().getName())
                        .findFirst(),
                run,
                LossCurve.of(services, name));
    }

    private static boolean isAskedAsTrained(EvaluationArm arm) {
        Prompting trained = arm.hasTrainedPassages()
                ? Prompting.newBuilder().setRetrieval(arm.getTrainedPassages()).build()
                : Prompting.getDefaultInstance();
        return arm.getArm().getPromptingsList().stream().allMatch(trained::equals);
    }

    /// Returns the name of the run that made an arm's model.
    private static Optional<String> run(Services services, Evaluation evaluation, EvaluationArm arm) {
        if (arm.getArm().getModel() == ArmModel.TUNED) {
            return Optional.of(evaluation.getTrainingRun().getName()).filter(name -> !name.isEmpty());
        }
        return arm.getArm().getModel() == ArmModel.MODEL_VERSION
                ? known(() -> services.models()
                                .call(stub -> stub.getModelVersion(GetModelVersionRequest.newBuilder()
                                        .setName(arm.getArm().getModelVersion())
                                        .build())))
                        .map(version -> version.getTrainingRun())
                        .filter(name -> !name.isEmpty())
                : Optional.empty();
    }

    private static <T> Optional<T> known(Supplier<T> asked) {
        try {
            return Optional.of(asked.get());
        } catch (StatusRuntimeException answer) {
            if (answer.getStatus().getCode() == Status.Code.NOT_FOUND) {
                return Optional.empty();
            }
            throw answer;
        }
    }
}

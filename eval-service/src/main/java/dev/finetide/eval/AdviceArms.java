package dev.finetide.eval;

import dev.finetide.proto.evaluation.v1.Advice;
import dev.finetide.proto.evaluation.v1.AdviceRun;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.training.v1.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Chooses the arms that advice compares. The untrained ones get a fair chance: several instructions
/// and numbers of examples, of which validation rows choose.
final class AdviceArms {
    private static final int FEW = 4;
    private static final int MANY = 8;
    private static final String BRIEF = "Give only the answer, without any explanation.";
    static final String FEW_SHOT = "few-shot";

    /// Name of the arm that looks passages up, where the request has one.
    static final String PASSAGES = "passages";

    /// Arms whose prompting the trained model gets, too.
    private static final List<String> SHOWN = List.of(FEW_SHOT, PASSAGES);

    private AdviceArms() {}

    /// Returns the arms that need no training: the base as it is, with an instruction, and with examples.
    static List<Arm> untrained(Advice advice) {
        List<Arm> arms = new ArrayList<>();
        arms.add(Arm.newBuilder().setName("base").setModel(ArmModel.BASE).build());
        arms.add(Arm.newBuilder()
                .setName("instruction")
                .setModel(ArmModel.BASE)
                .addPromptings(Prompting.newBuilder().setTaskInstruction(true))
                .addPromptings(Prompting.newBuilder().setInstruction(BRIEF))
                .build());
        long trainRows = advice.getDatasetVersion().getTrainRows();
        int few = (int) Math.min(FEW, trainRows);
        int many = (int) Math.min(MANY, trainRows);
        if (few > 0) {
            arms.add(Arm.newBuilder()
                    .setName(FEW_SHOT)
                    .setModel(ArmModel.BASE)
                    .addPromptings(Prompting.newBuilder().setExamples(similar(few)))
                    .addPromptings(Prompting.newBuilder().setExamples(similar(many)))
                    .addPromptings(
                            Prompting.newBuilder().setTaskInstruction(true).setExamples(similar(many)))
                    .build());
        }
        List<String> taken = arms.stream().map(Arm::getName).toList();
        advice.getSpec().getEvaluation().getArmsList().stream()
                .filter(arm -> arm.getModel() != ArmModel.TUNED && !taken.contains(arm.getName()))
                .forEach(arms::add);
        return arms;
    }

    private static Examples similar(int count) {
        return Examples.newBuilder()
                .setCount(count)
                .setChoice(ExampleChoice.SIMILAR)
                .build();
    }

    /// Returns the arms of a run's evaluation: the untrained ones, the tuned model as it was trained,
    /// and the tuned model with the examples, and with the passages, that were best for the base. A model
    /// that was trained with passages is asked with these alone.
    static List<Arm> withTuned(Advice advice, AdviceRun run, Evaluation untrained) {
        List<Arm> arms = new ArrayList<>(untrained(advice));
        arms.add(Arm.newBuilder().setName("tuned").setModel(ArmModel.TUNED).build());
        if (run.hasPassages()) {
            return arms;
        }
        for (String best : SHOWN) {
            chosen(best, untrained)
                    .ifPresent(prompting -> arms.add(Arm.newBuilder()
                            .setName("tuned-" + best)
                            .setModel(ArmModel.TUNED)
                            .addPromptings(prompting)
                            .build()));
        }
        return arms;
    }

    /// Returns the arms of an evaluation of several trained models.
    static List<Arm> withVersions(Advice advice, Evaluation untrained) {
        List<Arm> arms = new ArrayList<>(untrained(advice));
        for (AdviceRun run : advice.getRunsList()) {
            if (run.getModelVersion().isEmpty()) {
                continue;
            }
            String method = run.getMethod() == Method.FULL
                    ? "full"
                    : run.getMethod().name().toLowerCase(Locale.ROOT);
            String name = method + (run.hasPassages() ? "-with-passages" : "");
            Arm tuned = Arm.newBuilder()
                    .setName(name)
                    .setModel(ArmModel.MODEL_VERSION)
                    .setModelVersion(run.getModelVersion())
                    .build();
            arms.add(tuned);
            if (run.hasPassages()) {
                continue;
            }
            for (String best : SHOWN) {
                chosen(best, untrained)
                        .ifPresent(prompting -> arms.add(tuned.toBuilder()
                                .setName(name + "-" + best)
                                .addPromptings(prompting)
                                .build()));
            }
        }
        return arms;
    }

    /// Returns the trainings of rows with passages, one for each method, if an arm looks passages up: what
    /// is asked with passages should be learnt with passages.
    static List<AdviceRun> withPassages(Advice advice, Evaluation untrained) {
        if (advice.getSpec().getTraining().hasPassages()) {
            return List.of();
        }
        return chosen(PASSAGES, untrained).map(Prompting::getRetrieval).filter(looked -> looked.getCount() > 0).stream()
                .flatMap(looked -> advice.getRunsList().stream()
                        .map(run -> AdviceRun.newBuilder()
                                .setMethod(run.getMethod())
                                .setPassages(looked)
                                .build()))
                .toList();
    }

    /// Returns the prompting of an arm that validation rows have chosen for the base.
    private static Optional<Prompting> chosen(String name, Evaluation untrained) {
        return untrained.getArmsList().stream()
                .filter(arm -> arm.getArm().getName().equals(name) && arm.hasPreparation())
                .filter(arm -> arm.getArm().getPromptingsCount() > 0)
                .map(arm -> arm.getArm().getPromptings(arm.getPreparation().getChosen()))
                .findFirst();
    }
}

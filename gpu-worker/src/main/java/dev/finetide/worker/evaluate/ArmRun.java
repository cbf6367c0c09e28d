package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmPreparation;
import dev.finetide.proto.evaluation.v1.ExampleResult;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.SourcedRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Lets one arm answer the rows that it has not answered yet: chooses its prompting, proves that its
/// model is another one than the base, and asks group by group.
final class ArmRun {
    /// Number of rows that are prompted before they are asked. It bounds the memory of long prompts,
    /// and the time until the first answers.
    private static final int ROWS_AT_ONCE = 512;

    private final Arm arm;
    private final EvaluationData data;
    private final AnsweredBefore before;
    private final EvaluationListener listener;
    private final ArmRows rows;
    private Prompting prompting = Prompting.getDefaultInstance();

    ArmRun(ArmRows rows, EvaluationListener listener) {
        this.arm = rows.arm();
        this.data = rows.data();
        this.before = rows.before();
        this.listener = listener;
        this.rows = rows;
    }

    /// Answers the rows.
    ///
    /// @param pool examples from all train rows
    /// @param trial rows to try promptings on
    /// @return whether all rows are answered; false when the listener asked to stop
    /// @throws IllegalArgumentException when the arm cannot ask the rows, or its model answers as the
    ///     base does
    boolean run(AskedModel model, ExamplePool pool, Supplier<TrialRows> trial) {
        List<Prompting> promptings = promptings(pool);
        Optional<ArmPreparation> known = before.preparation(arm.getName());
        ArmPreparation.Builder preparation = known.map(ArmPreparation::toBuilder)
                .orElseGet(() -> promptings.size() == 1
                        ? ArmPreparation.newBuilder().setPrompting(promptings.getFirst())
                        : new TrialChoice(data, trial.get(), listener).choose(arm, model, promptings));
        if (listener.stopRequested()) {
            return false;
        }
        prompting = preparation.getPrompting();
        ArmQuestions questions = new ArmQuestions(arm, model, prompting, pool, data, true);
        boolean prepared = known.isPresent();
        for (int repeat = 0; repeat < PromptingTexts.repeats(prompting); repeat++) {
            List<Integer> left = rows.pending(repeat);
            for (int from = 0; from < left.size(); from += ROWS_AT_ONCE) {
                List<PromptedRow> prompted =
                        prompted(questions, left.subList(from, Math.min(left.size(), from + ROWS_AT_ONCE)), repeat);
                if (from == 0) {
                    questions.requireRoom(prompted);
                }
                if (!prepared) {
                    prove(model, prompted.getFirst(), preparation);
                    listener.onPrepared(preparation
                            .setArm(arm.getName())
                            .setAnswerRule(data.measuring().rule().describe() + questions.describe())
                            .build());
                    prepared = true;
                }
                if (!answer(questions, prompted, repeat)) {
                    return false;
                }
            }
        }
        return true;
    }

    /// Returns the prompting with which the rows were asked.
    Prompting prompting() {
        return prompting;
    }

    private List<PromptedRow> prompted(ArmQuestions questions, List<Integer> indexes, int repeat) {
        List<PromptedRow> prompted = new ArrayList<>();
        for (int index : indexes) {
            SourcedRow row = rows.row(index);
            try {
                prompted.add(questions.prompt(index, row.row(), repeat).accepting(row.tags()));
            } catch (RowRefused refused) {
                throw new IllegalArgumentException(
                        row.place(data.split(), index) + " cannot be asked in the way of this arm: "
                                + refused.getMessage(),
                        refused);
            }
        }
        return prompted;
    }

    /// Returns the promptings with nothing left unspecified; asked as trained when the arm names none.
    private List<Prompting> promptings(ExamplePool pool) {
        String instruction = data.taskInstruction();
        List<Prompting> given =
                arm.getPromptingsCount() == 0 ? List.of(Prompting.getDefaultInstance()) : arm.getPromptingsList();
        for (Prompting prompting : given) {
            if (prompting.getExamples().getCount() > pool.size()) {
                throw new IllegalArgumentException(
                        "examples.count: expected at most the " + pool.size() + " rows of the train split, got "
                                + prompting.getExamples().getCount());
            }
        }
        return given.stream()
                .map(prompting -> PromptingTexts.filled(prompting, instruction))
                .toList();
    }

    private static void prove(AskedModel model, PromptedRow first, ArmPreparation.Builder preparation) {
        double change = model.logitChange(first.examined().prompt());
        if (change == 0 && !model.isBase()) {
            throw new IllegalArgumentException("the model answers exactly as its base: the "
                    + (model.adaptedModules() > 0 ? "adapter" : "training") + " changes nothing");
        }
        preparation.setAdaptedModules(model.adaptedModules()).setLogitChange(change);
    }

    private boolean answer(ArmQuestions questions, List<PromptedRow> prompted, int repeat) {
        for (List<PromptedRow> group : RowGroups.of(prompted, data.maxNewTokens())) {
            if (listener.stopRequested()) {
                return false;
            }
            List<ExampleResult> results = new ArrayList<>();
            for (ExampleResult.Builder result : questions.ask(group)) {
                results.add(rows.finished(result, repeat));
            }
            listener.onResults(results);
        }
        return true;
    }
}

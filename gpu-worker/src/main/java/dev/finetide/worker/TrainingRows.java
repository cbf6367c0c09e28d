package dev.finetide.worker;

import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.RowReport;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.HeldOut;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.TextOnlyRow;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.train.Digests;
import dev.finetide.worker.evaluate.passages.PassageSources;
import java.util.List;
import java.util.OptionalInt;

/// The rows of a run, read and examined before anything is computed. The test rows are examined,
/// too, so that the evaluation refuses nothing that this attempt could have refused.
///
/// @param parts rows to learn, and rows to validate on
/// @param report what was found in the rows of all splits
/// @param rendering how the rows became text
/// @param maxNewTokens tokens that an answer of the evaluation may have: the settings', else what
///     the longest expected answer needs; empty without test rows that have answers
record TrainingRows(HeldOut parts, RowReport report, Rendering rendering, OptionalInt maxNewTokens) {
    /// Reads all splits.
    ///
    /// @param stored reads the rows of a split
    /// @param passages where passages are looked up, if the settings want some
    /// @param progress counts the rows that are examined
    /// @throws WorkerFailure INVALID_DATA naming the first row that cannot be used
    static TrainingRows read(
            EvaluationInputs.StoredRows stored,
            PassageSources passages,
            CausalLm base,
            WorkerSpec spec,
            Progress progress) {
        TrainingConfig config = spec.getTrain().getConfig();
        RowTokenizer tokenizer = RowTokenizer.of(base, config, spec, progress);
        RowFindings findings = tokenizer.findings();
        RowTokenizer.Split train = tokenizer.examine(stored.read("train", 0), "train", findings);
        if (train.rows().isEmpty()) {
            throw findings.allLeftOut("train");
        }
        RowTokenizer.Split validation = tokenizer.examine(stored.read("validation", 0), "validation", findings);
        RowTokenizer.Split test =
                tokenizer.examine(stored.read("test", config.getEvaluation().getMaxRows()), "test", findings);
        if (test.rows().isEmpty() && spec.getDatasetVersion().getTestRows() > 0) {
            throw findings.allLeftOut("test");
        }
        boolean answers = test.rows().stream().noneMatch(row -> row.row() instanceof TextOnlyRow);
        OptionalInt maxNewTokens = test.rows().isEmpty() || !answers
                ? OptionalInt.empty()
                : OptionalInt.of(maxNewTokens(config, test, findings));
        int longestPrompt = base.config().maxPositions() - maxNewTokens.orElse(0);
        RowsWithPassages looked =
                RowsWithPassages.of(train, validation, config.getPassages(), passages, tokenizer, longestPrompt);
        HeldOut parts =
                parts(looked.train(), looked.validation(), config).identifiedBy(identity(tokenizer, config, spec));
        RowReport report = findings.report(parts.learnt(), base.tokenizer()).toBuilder()
                .setShortenedRows(looked.shortenedRows())
                .setDroppedPassages(looked.droppedPassages())
                .build();
        return new TrainingRows(parts, report, tokenizer.rendering(), maxNewTokens);
    }

    /// Returns the settings with the values that these rows decide.
    TrainingConfig inUse(TrainingConfig config) {
        TrainingConfig.Builder used = config.toBuilder().setRendering(rendering);
        maxNewTokens.ifPresent(used.getEvaluationBuilder()::setMaxNewTokens);
        return used.build();
    }

    /// Returns the settings' limit, else the number of tokens of the longest expected answer, with
    /// the token that ends it. Counts the answers that a limit cuts.
    static int maxNewTokens(TrainingConfig config, RowTokenizer.Split test, RowFindings findings) {
        int needed = test.examined().stream()
                .mapToInt(ExaminedRow::answerTokens)
                .max()
                .orElse(1);
        if (!config.getEvaluation().hasMaxNewTokens()) {
            return needed;
        }
        int limit = config.getEvaluation().getMaxNewTokens();
        for (int i = 0; i < test.rows().size(); i++) {
            if (test.examined().get(i).answerTokens() > limit) {
                findings.addLongAnswer(test.rows().get(i));
            }
        }
        return limit;
    }

    /// Splits the train rows by the digests of their sources, because the text that a template
    /// makes of them may change with the date.
    private static HeldOut parts(RowTokenizer.Split train, RowTokenizer.Split validation, TrainingConfig config) {
        List<TokenizedRow> learnt = tokens(train);
        double fraction = config.getValidation().getFraction();
        if (!validation.rows().isEmpty() || fraction == 0) {
            return new HeldOut(learnt, tokens(validation));
        }
        List<String> digests = train.rows().stream()
                .map(row -> Digests.ofText(row.row().toString()))
                .toList();
        return HeldOut.of(learnt, digests, fraction);
    }

    private static List<TokenizedRow> tokens(RowTokenizer.Split split) {
        return split.examined().stream().map(ExaminedRow::tokens).toList();
    }

    /// Names what the tokens are made of: the dataset version, and every setting that chooses rows
    /// or renders them.
    private static String identity(RowTokenizer tokenizer, TrainingConfig config, WorkerSpec spec) {
        String alone = String.join(
                " ",
                spec.getDatasetVersion().getDigest(),
                tokenizer.rendering().name(),
                config.getLeaveOutList().stream().sorted().toList().toString(),
                Double.toString(config.getValidation().getFraction()),
                Long.toString(RowTokenizer.templateTime(spec).getEpochSecond()));
        Retrieval passages = config.getPassages();
        return passages.getCount() == 0
                ? alone
                : String.join(
                        " ",
                        alone,
                        Integer.toString(passages.getCount()),
                        passages.getRetriever().name(),
                        spec.getTrain().getPassageDocuments().getDigest(),
                        Digests.ofText(passages.getTemplate()));
    }
}

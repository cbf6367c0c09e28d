package dev.finetide.worker;

import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.text.ExaminedRow;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.sft.text.TrainedRendering;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Turns rows into the tokens that a base reads, in training and in evaluation alike. A row that
/// cannot be learned from fails the run and is named, unless the settings leave rows of its kind
/// out. Nothing is truncated.
///
/// @param rendering how rows become text: CHAT_TEMPLATE or PLAIN_TEXT
/// @param leftOut kinds of refused rows that are left out and counted
/// @param progress counts the rows that are examined
record RowTokenizer(RowEncoder encoder, Rendering rendering, Set<RowFinding> leftOut, Progress progress) {
    /// Decides how rows become text, and lets the base, whose result keeps it, know.
    ///
    /// @throws WorkerFailure BAD_CONFIGURATION when the base has no template for it
    static RowTokenizer of(CausalLm base, TrainingConfig config, WorkerSpec spec, Progress progress) {
        boolean plain = config.getRendering() == Rendering.PLAIN_TEXT
                || spec.getDatasetVersion().getRowFormat() == RowFormat.TEXT;
        base.renderAs(new TrainedRendering(plain, Optional.of(templateTime(spec))));
        Optional<ChatTemplate> template = base.rendering().template(base.chatTemplate());
        if (template.isEmpty() && config.getRendering() == Rendering.CHAT_TEMPLATE) {
            throw new WorkerFailure(
                    WorkerFailure.Reason.BAD_CONFIGURATION,
                    "rendering: expected a base with a chat template for CHAT_TEMPLATE, "
                            + spec.getBase().getName() + " has none");
        }
        return new RowTokenizer(
                new RowEncoder(base.tokenizer(), template, EngineConfig.maxLength(config, base.config())),
                template.isPresent() ? Rendering.CHAT_TEMPLATE : Rendering.PLAIN_TEXT,
                Set.copyOf(config.getLeaveOutList()),
                progress);
    }

    /// Returns the time that templates see as now. It is the run's, so that every attempt and the
    /// evaluation render the same text.
    static Instant templateTime(WorkerSpec spec) {
        return spec.hasTemplateTime()
                ? Instant.ofEpochSecond(
                        spec.getTemplateTime().getSeconds(),
                        spec.getTemplateTime().getNanos())
                : Instant.now();
    }

    /// Rows of a split as tokens, without those that are left out.
    ///
    /// @param rows accepted rows
    /// @param examined the same rows as tokens
    record Split(List<SourcedRow> rows, List<ExaminedRow> examined) {}

    /// Examines the rows of a split.
    ///
    /// @param findings gets what is found
    /// @throws WorkerFailure INVALID_DATA naming the first row that cannot be learned from, and how
    ///     many there are
    Split examine(List<SourcedRow> rows, String split, RowFindings findings) {
        List<SourcedRow> accepted = new ArrayList<>(rows.size());
        List<ExaminedRow> examined = new ArrayList<>(rows.size());
        progress.begin("examining the rows of " + split);
        for (int i = 0; i < rows.size(); i++) {
            SourcedRow row = rows.get(i);
            progress.count();
            SeenRow seen = encoder.see(row.row());
            findings.add(seen, row);
            if (seen.refusal().isPresent()) {
                findings.refuse(seen.refusal().get(), row.place(split, i));
            } else {
                accepted.add(row);
                examined.add(seen.accepted());
            }
        }
        findings.failOnRefused(split, rows.size());
        return new Split(accepted, examined);
    }

    RowFindings findings() {
        return new RowFindings(leftOut);
    }
}

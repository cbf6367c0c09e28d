package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rule.DocumentRules;
import dev.finetide.proto.dataset.Places;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ChatTemplateSummary;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Decides whether everything that the rows say can reach the model, as far as dataset version and
/// base tell it before a worker reads the rows. The worker decides for each row.
final class RenderingRules {
    private static final Set<RowFinding> EXCUSABLE = Set.of(
            RowFinding.TOO_LONG,
            RowFinding.NOT_RENDERED,
            RowFinding.EMPTY_ANSWER,
            RowFinding.REFUSED_BY_TEMPLATE,
            RowFinding.NOTHING_LEARNT);

    /// Files of CreateDatasetVersion, which are named by their parts.

    private final TrainingConfig config;
    private final DatasetVersion version;
    private final Base base;
    private final Violations violations = new Violations();

    private RenderingRules(TrainingConfig config, DatasetVersion version, Base base) {
        this.config = config;
        this.version = version;
        this.base = base;
    }

    /// @throws ApiException INVALID_FIELD with every violation
    static void check(TrainingConfig config, DatasetVersion version, Base base) {
        RenderingRules rules = new RenderingRules(config, version, base);
        DocumentRules.refusal("config.dataset_version", version)
                .ifPresent(refusal -> rules.violations.addAll(List.of(refusal)));
        rules.leaveOut();
        rules.rendering();
        rules.violations.refuseIfAny();
    }

    private void leaveOut() {
        Set<RowFinding> seen = new HashSet<>();
        for (int i = 0; i < config.getLeaveOutCount(); i++) {
            RowFinding kind = config.getLeaveOut(i);
            violations.require(
                    EXCUSABLE.contains(kind) && seen.add(kind),
                    "config.leave_out[" + i + "]",
                    "expected each of TOO_LONG, NOT_RENDERED, EMPTY_ANSWER, REFUSED_BY_TEMPLATE and NOTHING_LEARNT at most once",
                    kind);
        }
    }

    private void rendering() {
        boolean known = base.hasChatTemplate();
        boolean lacks = known && !base.getChatTemplate().getPresent();
        violations.require(
                !(lacks && config.getRendering() == Rendering.CHAT_TEMPLATE),
                "config.rendering",
                "expected PLAIN_TEXT for " + base.getName() + ", which has no chat template",
                Rendering.CHAT_TEMPLATE);
        if (version.getRowFormat() == RowFormat.TEXT) {
            violations.require(
                    config.getPassages().getCount() == 0,
                    "config.passages",
                    "expected none for rows that are all text, which have no question",
                    config.getPassages().getCount());
            violations.require(
                    config.getRendering() != Rendering.CHAT_TEMPLATE,
                    "config.rendering",
                    "expected PLAIN_TEXT for rows that are all text",
                    Rendering.CHAT_TEMPLATE);
        }
        if (version.getRowFormat() != RowFormat.CHAT) {
            return;
        }
        if (config.getRendering() == Rendering.PLAIN_TEXT) {
            violations.require(false, "config.rendering", "expected CHAT_TEMPLATE for chat rows", "PLAIN_TEXT");
        } else if (lacks) {
            violations.require(
                    false,
                    "config.base",
                    "expected a base with a chat template for chat rows",
                    base.getName() + ", which has none");
        } else if (known) {
            contents(version.getContentsList().stream()
                    .filter(count -> !isWritten(count.getContent()))
                    .toList());
        }
    }

    private boolean isWritten(RowContent content) {
        ChatTemplateSummary template = base.getChatTemplate();
        return switch (content) {
            case SYSTEM_TURN -> template.getWritesSystemTurn();
            case TOOLS -> template.getWritesTools();
            case TOOL_CALLS -> template.getWritesToolCalls();
            case TOOL_RESULTS -> template.getWritesToolResults();
            case REASONING -> template.getWritesReasoning();
            case SPACED_PROMPT, ROW_CONTENT_UNSPECIFIED, UNRECOGNIZED -> true;
        };
    }

    private void contents(List<RowContentCount> lost) {
        long all = version.getSplitsCount() == 0
                ? version.getTrainRows() + version.getTestRows()
                : version.getSplitsList().stream().mapToLong(Split::getRows).sum();
        String each = lost.stream()
                .map(count -> "%s (%s, the first: %s)"
                        .formatted(
                                words(count.getContent()),
                                count.getRows() == 1 ? "1 row" : count.getRows() + " rows",
                                Places.words(count.getFirst())))
                .collect(Collectors.joining(", "));
        boolean everyRow = lost.stream().anyMatch(count -> count.getRows() == all);
        violations.require(
                lost.isEmpty() || config.getLeaveOutList().contains(RowFinding.NOT_RENDERED),
                "config.base",
                "expected a base whose chat template writes " + each,
                base.getName() + ", which would lose them"
                        + (everyRow
                                ? ""
                                : "; leave_out NOT_RENDERED (--leave-out not-rendered) would leave such rows out"));
    }

    /// Writes a content as words: TOOL_CALLS becomes "tool calls".
    private static String words(RowContent content) {
        return content.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (content == RowContent.SYSTEM_TURN ? "s" : "");
    }
}

package dev.finetide.training;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ChatTemplateSummary;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.RowFinding;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Decides whether everything that the rows say can reach the model, as far as dataset version and base tell it before
/// a worker reads the rows. The worker decides for each row.
final class RenderingRules {
    private static final Set<RowFinding> EXCUSABLE = Set.of(
            RowFinding.TOO_LONG, RowFinding.NOT_RENDERED, RowFinding.EMPTY_ANSWER, RowFinding.REFUSED_BY_TEMPLATE);

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
                    "expected each of TOO_LONG, NOT_RENDERED, EMPTY_ANSWER and REFUSED_BY_TEMPLATE at most once",
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
        if (version.getRowFormat() != RowFormat.CHAT) {
            return;
        }
        if (config.getRendering() == Rendering.PLAIN_TEXT) {
            requireOrLeftOut(
                    RowFinding.REFUSED_BY_TEMPLATE,
                    "config.rendering",
                    "expected CHAT_TEMPLATE for chat rows",
                    "PLAIN_TEXT");
        } else if (lacks) {
            requireOrLeftOut(
                    RowFinding.REFUSED_BY_TEMPLATE,
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
        if (lost.isEmpty()) {
            return;
        }
        String names = lost.stream().map(count -> words(count.getContent())).collect(Collectors.joining(" and "));
        RowContentCount most = lost.stream()
                .max(Comparator.comparingLong(RowContentCount::getRows))
                .orElseThrow();
        requireOrLeftOut(
                RowFinding.NOT_RENDERED,
                "config.base",
                "expected a base whose chat template writes %s, which %d rows have (the first: line %d of the %s file)"
                        .formatted(
                                names,
                                most.getRows(),
                                most.getFirst().getLine(),
                                most.getFirst().getFile()),
                base.getName() + ", which would lose them");
    }

    private void requireOrLeftOut(RowFinding kind, String field, String expected, String got) {
        violations.require(
                config.getLeaveOutList().contains(kind),
                field,
                expected + "; leave_out %s would leave such rows out".formatted(kind),
                got);
    }

    /// Writes a content as words: TOOL_CALLS becomes "tool calls".
    private static String words(RowContent content) {
        return content.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                + (content == RowContent.SYSTEM_TURN ? "s" : "");
    }
}

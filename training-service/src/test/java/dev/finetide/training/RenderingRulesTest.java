package dev.finetide.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowContentCount;
import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowFormat;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ChatTemplateSummary;
import dev.finetide.proto.training.v1.Rendering;
import dev.finetide.proto.training.v1.TrainingConfig;
import org.junit.jupiter.api.Test;

class RenderingRulesTest {
    private static final Base OLD =
            Base.newBuilder().setName("projects/default/bases/b").build();
    private static final Base WITHOUT = OLD.toBuilder()
            .setChatTemplate(ChatTemplateSummary.getDefaultInstance())
            .build();
    private static final Base CHATML = OLD.toBuilder()
            .setChatTemplate(ChatTemplateSummary.newBuilder().setPresent(true).setWritesSystemTurn(true))
            .build();
    private static final DatasetVersion PROMPTS = DatasetVersion.newBuilder()
            .setRowFormat(RowFormat.PROMPT_COMPLETION)
            .build();

    @Test
    void whatTheTemplateDoesNotWriteIsRefusedWithCountAndLine() {
        for (RowContent lost :
                new RowContent[] {RowContent.TOOLS, RowContent.TOOL_CALLS, RowContent.TOOL_RESULTS, RowContent.REASONING
                }) {
            assertThat(refusal(TrainingConfig.getDefaultInstance(), chat(lost), CHATML))
                    .contains(
                            "config.base", "(600 rows, the first: line 3 of the train file)", "leave_out NOT_RENDERED");
        }
        assertAccepted(TrainingConfig.getDefaultInstance(), chat(RowContent.SYSTEM_TURN), CHATML);
        assertAccepted(
                TrainingConfig.newBuilder().addLeaveOut(RowFinding.NOT_RENDERED).build(),
                chat(RowContent.TOOLS),
                CHATML);
    }

    @Test
    void aRowOfAnyFileIsNamed() {
        assertThat(refusal(
                        TrainingConfig.getDefaultInstance(),
                        chat(
                                RowContent.TOOLS,
                                RowPlace.newBuilder().setFile("a.jsonl").setLine(3)),
                        CHATML))
                .contains("the first: a.jsonl line 3)");
        assertThat(refusal(
                        TrainingConfig.getDefaultInstance(),
                        chat(
                                RowContent.TOOLS,
                                RowPlace.newBuilder().setFile("a.parquet").setRecord(7)),
                        CHATML))
                .contains("the first: a.parquet record 7)");
    }

    @Test
    void chatRowsNeedATemplate() {
        assertThat(refusal(TrainingConfig.getDefaultInstance(), chat(RowContent.SYSTEM_TURN), WITHOUT))
                .contains("config.base", "which has none");
        assertThat(refusal(
                        TrainingConfig.newBuilder()
                                .setRendering(Rendering.PLAIN_TEXT)
                                .build(),
                        chat(RowContent.SYSTEM_TURN),
                        CHATML))
                .contains("config.rendering", "expected CHAT_TEMPLATE for chat rows");
        assertThat(refusal(
                        TrainingConfig.newBuilder()
                                .setRendering(Rendering.CHAT_TEMPLATE)
                                .build(),
                        PROMPTS,
                        WITHOUT))
                .contains("config.rendering", "PLAIN_TEXT");
    }

    @Test
    void rowsThatAreAllTextAreNotRenderedByATemplate() {
        DatasetVersion texts =
                DatasetVersion.newBuilder().setRowFormat(RowFormat.TEXT).build();
        assertAccepted(TrainingConfig.getDefaultInstance(), texts, CHATML);
        assertAccepted(TrainingConfig.getDefaultInstance(), texts, WITHOUT);
        assertThat(refusal(
                        TrainingConfig.newBuilder()
                                .setRendering(Rendering.CHAT_TEMPLATE)
                                .build(),
                        texts,
                        CHATML))
                .contains("config.rendering", "expected PLAIN_TEXT for rows that are all text");
    }

    @Test
    void promptsMayBeTextOrChat() {
        for (Rendering rendering :
                new Rendering[] {Rendering.RENDERING_UNSPECIFIED, Rendering.PLAIN_TEXT, Rendering.CHAT_TEMPLATE}) {
            assertAccepted(TrainingConfig.newBuilder().setRendering(rendering).build(), PROMPTS, CHATML);
        }
    }

    @Test
    void aBaseOfBeforeIsLeftToTheWorker() {
        assertAccepted(TrainingConfig.getDefaultInstance(), chat(RowContent.TOOLS), OLD);
    }

    @Test
    void onlyRefusedRowsCanBeLeftOut() {
        assertThat(refusal(
                        TrainingConfig.newBuilder()
                                .addLeaveOut(RowFinding.BROKEN_PREFIX)
                                .build(),
                        PROMPTS,
                        CHATML))
                .contains("config.leave_out[0]");
        assertThat(refusal(
                        TrainingConfig.newBuilder()
                                .addLeaveOut(RowFinding.TOO_LONG)
                                .addLeaveOut(RowFinding.TOO_LONG)
                                .build(),
                        PROMPTS,
                        CHATML))
                .contains("config.leave_out[1]");
    }

    private static DatasetVersion chat(RowContent content) {
        return chat(content, RowPlace.newBuilder().setFile("train").setLine(3));
    }

    private static DatasetVersion chat(RowContent content, RowPlace.Builder first) {
        return DatasetVersion.newBuilder()
                .setRowFormat(RowFormat.CHAT)
                .addContents(RowContentCount.newBuilder()
                        .setContent(content)
                        .setRows(600)
                        .setFirst(first))
                .build();
    }

    private static String refusal(TrainingConfig config, DatasetVersion version, Base base) {
        ApiException refused =
                catchThrowableOfType(ApiException.class, () -> RenderingRules.check(config, version, base));
        return refused.violations().toString();
    }

    private static void assertAccepted(TrainingConfig config, DatasetVersion version, Base base) {
        assertThatCode(() -> RenderingRules.check(config, version, base)).doesNotThrowAnyException();
    }
}

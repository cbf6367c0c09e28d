package dev.finetide.dataset.tokens;

import dev.finetide.proto.dataset.v1.RowFinding;
import dev.finetide.proto.dataset.v1.RowToken;
import dev.finetide.proto.dataset.v1.RowTokens;
import dev.finetide.sft.text.Found;
import dev.finetide.sft.text.SeenRow;
import dev.finetide.sft.text.TokenTexts;
import dev.finetide.sft.text.TokenizedRow;
import java.util.List;

/// Writes a row's tokens for people and programs.
final class ShownRow {
    /// Largest number of tokens of an answer, which is at most 4 MiB.
    static final int MOST_TOKENS = 20_000;

    private ShownRow() {}

    static RowTokens.Builder of(BaseText base, SeenRow seen) {
        RowTokens.Builder shown = RowTokens.newBuilder()
                .setContextTokens(base.context())
                .setPromptTokens(seen.tokens().isPresent() ? seen.answer() : 0)
                .setTemplateDigest(base.digest());
        for (Found found : seen.found()) {
            shown.addFindings(RowFinding.valueOf(found.finding().name())).addFindingFields(found.field());
        }
        seen.tokens().ifPresent(row -> addTokens(base, row, shown));
        return shown;
    }

    private static void addTokens(BaseText base, TokenizedRow row, RowTokens.Builder shown) {
        int count = Math.min(MOST_TOKENS, row.length());
        List<String> texts = TokenTexts.of(base.tokenizer(), row.ids(), count);
        for (int t = 0; t < count; t++) {
            shown.addTokens(RowToken.newBuilder()
                    .setId(row.ids()[t])
                    .setText(texts.get(t))
                    .setLearnt(row.supervised()[t])
                    .setSpecial(base.tokenizer().isAdded(row.ids()[t])));
        }
        shown.setLearntTokens(row.supervisedTokens()).setMoreTokens(row.length() - count);
    }
}

package dev.finetide.dataset.tokens;

import dev.finetide.modelfiles.config.Family;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.Tokenizer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// The tokenizer and chat template of a base, without its weights.
///
/// @param context largest number of tokens that the base can read
/// @param digest digest of the template contract
record BaseText(Tokenizer tokenizer, Optional<ChatTemplate> template, int context, String digest) {
    /// Loads the files of a base.
    ///
    /// @throws dev.finetide.modelfiles.ModelFormatException naming the file that cannot be read
    static BaseText load(Path dir) {
        int context = Family.read(dir).maxPositions();
        Optional<ChatTemplate> template = ChatTemplate.load(dir);
        String digest = TemplateContract.digest(dir);
        return new BaseText(Tokenizer.load(dir), template, context, digest);
    }

    /// Makes the encoder that training uses, with the present time for templates that write a date.
    ///
    /// @param asText whether prompt and completion are joined, although the base has a chat template
    /// @param maxLength largest number of tokens of a row
    /// @throws dev.finetide.sft.text.RowRefused when the base names no token that ends a text
    RowEncoder encoder(boolean asText, int maxLength) {
        Optional<ChatTemplate> used = asText ? Optional.empty() : template.map(its -> its.at(Instant.now()));
        return new RowEncoder(tokenizer, used, maxLength);
    }
}

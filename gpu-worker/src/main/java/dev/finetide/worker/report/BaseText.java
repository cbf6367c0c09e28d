package dev.finetide.worker.report;

import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.config.Family;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.Tokenizer;
import dev.finetide.sft.text.TrainedRendering;
import java.nio.file.Path;

/// A base as text: the encoder that training uses, with the base's context. Nothing of its weights is
/// read.
///
/// @param context largest number of tokens of a row
/// @param digest  digest of the template contract
record BaseText(Tokenizer tokenizer, RowEncoder encoder, int context, String digest) implements AutoCloseable {
    /// Reads the files of a base.
    ///
    /// @throws ModelFormatException if the base has no tokenizer, or another file cannot be used
    /// @throws RowRefused           if the base names no token that ends a text
    static BaseText load(Path directory, TrainedRendering rendering) {
        int context = Family.read(directory).maxPositions();
        Tokenizer tokenizer = Tokenizer.load(directory);
        try {
            RowEncoder encoder = new RowEncoder(tokenizer, rendering.template(ChatTemplate.load(directory)), context);
            return new BaseText(tokenizer, encoder, context, TemplateContract.digest(directory));
        } catch (RuntimeException unusable) {
            tokenizer.close();
            throw unusable;
        }
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}

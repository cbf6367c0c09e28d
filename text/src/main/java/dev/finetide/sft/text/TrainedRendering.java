package dev.finetide.sft.text;

import dev.finetide.modelfiles.template.ChatTemplate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// How rows became text when a model was trained. The weight file keeps it in `__metadata__`, so that whoever asks the
/// model later asks in the same way.
///
/// @param plainText whether prompt and completion were taken as they are, although the base has a chat template
/// @param templateTime time that the chat template saw as now; empty for the time at which a question is asked
public record TrainedRendering(boolean plainText, Optional<Instant> templateTime) {
    /// By the chat template, if there is one, at the time of the question.
    public static final TrainedRendering USUAL = new TrainedRendering(false, Optional.empty());

    private static final String RENDERING = "finetide_rendering";
    private static final String TEXT = "text";
    private static final String TIME = "finetide_template_time";

    /// Reads the entries of a weight file's `__metadata__`; without them, the rendering is the usual one.
    public static TrainedRendering of(Map<String, String> metadata) {
        return new TrainedRendering(
                TEXT.equals(metadata.get(RENDERING)),
                Optional.ofNullable(metadata.get(TIME)).flatMap(TrainedRendering::time));
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(Instant.parse(text));
        } catch (DateTimeException other) {
            return Optional.empty();
        }
    }

    /// Returns the entries for a weight file's `__metadata__`. The time is one only where the template can ask for it,
    /// so that the same rows make the same file on every day.
    ///
    /// @param base chat template of the base
    public Map<String, String> metadata(Optional<ChatTemplate> base) {
        Map<String, String> entries = new LinkedHashMap<>();
        if (plainText && base.isPresent()) {
            entries.put(RENDERING, TEXT);
        }
        if (!plainText && base.map(ChatTemplate::readsClock).orElse(false)) {
            templateTime.ifPresent(time -> entries.put(TIME, time.toString()));
        }
        return entries;
    }

    /// Returns the template that renders rows and questions; empty where they are plain text.
    ///
    /// @param base chat template of the base
    public Optional<ChatTemplate> template(Optional<ChatTemplate> base) {
        return plainText
                ? Optional.empty()
                : base.map(template -> templateTime.map(template::at).orElse(template));
    }
}

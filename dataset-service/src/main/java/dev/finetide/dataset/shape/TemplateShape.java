package dev.finetide.dataset.shape;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.row.ChatRow;
import dev.finetide.dataset.row.JsonRow;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Records of any keys, of which the user's templates make prompt and completion, or a conversation if there is a
/// template of the system turn.
final class TemplateShape implements RowShape {
    static final String NAME = "template";

    private static final String PROMPT = "prompt_template";
    private static final String COMPLETION = "completion_template";
    private static final String SYSTEM = "system_template";

    private final FieldTemplate prompt;
    private final FieldTemplate completion;
    private final Optional<FieldTemplate> system;

    /// @throws ApiException INVALID_FIELD if a template is missing or cannot be read
    TemplateShape(ReadOptions options) {
        if (options.getPromptTemplate().isEmpty()
                || options.getCompletionTemplate().isEmpty()) {
            throw ApiException.invalidField(
                    options.getPromptTemplate().isEmpty() ? PROMPT : COMPLETION,
                    "is empty, and rows by template need one for the prompt and one for the completion");
        }
        this.prompt = FieldTemplate.of(PROMPT, options.getPromptTemplate()).withFields(PROMPT);
        this.completion =
                FieldTemplate.of(COMPLETION, options.getCompletionTemplate()).withFields(COMPLETION);
        this.system = options.getSystemTemplate().isEmpty()
                ? Optional.empty()
                : Optional.of(FieldTemplate.of(SYSTEM, options.getSystemTemplate()));
    }

    /// Tells whether the options have a template.
    static boolean isIn(ReadOptions options) {
        return !options.getPromptTemplate().isEmpty()
                || !options.getCompletionTemplate().isEmpty()
                || !options.getSystemTemplate().isEmpty();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<String> keys() {
        return Set.of();
    }

    @Override
    public List<String> columns(RowFormat format) {
        return List.of();
    }

    @Override
    public boolean isIn(ObjectNode row) {
        return false;
    }

    @Override
    public CanonicalRow read(ObjectNode row, boolean allowEmpty) throws RowFault {
        FieldTemplate.Work work = new FieldTemplate.Work(row);
        String asked = prompt.render(work);
        String answered = completion.render(work);
        if (system.isEmpty()) {
            return JsonRow.promptCompletion(asked, answered, allowEmpty);
        }
        ChatRow chat = new ChatRow(allowEmpty);
        chat.system(system.get().render(work));
        chat.asked(Role.USER, asked, "prompt");
        chat.answered(answered, "completion");
        return chat.row();
    }

    @Override
    public ObjectNode write(ObjectNode canonical) throws RowFault {
        throw new RowFault("the row cannot be written in the shape template, which is for reading");
    }
}

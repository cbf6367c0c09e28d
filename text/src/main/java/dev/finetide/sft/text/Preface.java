package dev.finetide.sft.text;

import dev.finetide.modelfiles.template.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The text that stands in front of a row's question: a system text, an instruction, and other rows as
/// answered questions. Only the row's own answers are learnt and scored.
///
/// @param system text of a system turn, or text before the row's own system turn; may be empty
/// @param instruction text before the first question; may be empty
/// @param examples rows that stand before the question, in this order
public record Preface(String system, String instruction, List<TextRow> examples) {
    /// The preface of a row that is asked as it is.
    public static final Preface NONE = new Preface("", "", List.of());

    private static final String BLANK_LINE = "\n\n";

    public Preface {
        examples = List.copyOf(examples);
    }

    /// Returns the row with this preface in front of the question.
    ///
    /// @param turns whether the row is rendered by a chat template; otherwise all parts are text, with
    ///     blank lines between them
    /// @throws RowRefused when the conversation has no question, so that an instruction has no place
    public TextRow before(TextRow row, boolean turns) {
        if (equals(NONE)) {
            return row;
        }
        if (row instanceof TextOnlyRow) {
            throw new RowRefused("text: a row that is all text has no question, before which something could stand");
        }
        return turns ? turns(RowEncoder.asChat(row)) : text(RowEncoder.asCompletion(row));
    }

    private PromptCompletionRow text(PromptCompletionRow row) {
        Stream<String> solved =
                examples.stream().map(RowEncoder::asCompletion).map(example -> example.prompt() + example.completion());
        List<String> parts = Stream.concat(Stream.of(system, instruction), solved)
                .filter(part -> !part.isEmpty())
                .toList();
        return new PromptCompletionRow(
                String.join(BLANK_LINE, parts) + (parts.isEmpty() ? "" : BLANK_LINE) + row.prompt(), row.completion());
    }

    private ChatRow turns(ChatRow row) {
        int own = systemTurns(row);
        List<Message> messages = new ArrayList<>(row.messages().subList(0, own));
        if (!system.isEmpty() && own > 0) {
            messages.set(0, ahead(system, messages.getFirst()));
        } else if (!system.isEmpty()) {
            messages.addFirst(Message.system(system));
        }
        for (TextRow example : examples) {
            messages.addAll(solved(RowEncoder.asChat(example), systemText(row)));
        }
        messages.addAll(row.messages().subList(own, row.messages().size()));
        if (!instruction.isEmpty()) {
            int first = firstUser(messages);
            messages.set(first, ahead(instruction, messages.get(first)));
        }
        return new ChatRow(messages, row.tools());
    }

    /// Returns an example's turns up to its last answer. Its system text stands before its question,
    /// unless the conversation begins with the same one.
    private static List<Message> solved(ChatRow example, String systemOfRow) {
        List<Message> turns =
                new ArrayList<>(example.messages().subList(systemTurns(example), example.lastAssistant() + 1).stream()
                        .map(Message::untrained)
                        .toList());
        String ownSystem = systemText(example);
        if (!ownSystem.isEmpty() && !ownSystem.equals(systemOfRow)) {
            int first = firstUser(turns);
            turns.set(first, ahead(ownSystem, turns.get(first)));
        }
        return turns;
    }

    private static int systemTurns(ChatRow row) {
        int turns = 0;
        while (isSystem(row.messages().get(turns))) {
            turns++;
        }
        return turns;
    }

    private static boolean isSystem(Message message) {
        return message.role().equals("system") || message.role().equals("developer");
    }

    private static String systemText(ChatRow row) {
        return String.join(
                BLANK_LINE,
                row.messages().subList(0, systemTurns(row)).stream()
                        .map(Message::content)
                        .toList());
    }

    private static int firstUser(List<Message> messages) {
        return IntStream.range(0, messages.size())
                .filter(i -> messages.get(i).role().equals("user"))
                .findFirst()
                .orElseThrow(() -> new RowRefused("messages: no user's turn, before which an instruction could stand"));
    }

    private static Message ahead(String text, Message message) {
        return message.saying(message.content().isEmpty() ? text : text + BLANK_LINE + message.content());
    }
}

package dev.finetide.modelfiles.template;

import dev.finetide.jinja.TemplateException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The parts of a conversation that reach the text of a chat template. They are found by rendering small
/// conversations with words that occur nowhere else: a part is written if its words are in the text. A template that
/// refuses a conversation does not write it.
///
/// @param systemTurn text of a system turn
/// @param tools name and description of a function
/// @param toolCalls name of a called function and the value of an argument
/// @param toolResults text of a tool's turn
/// @param reasoning an assistant's `reasoning_content` in the last turn
public record WrittenParts(
        boolean systemTurn, boolean tools, boolean toolCalls, boolean toolResults, boolean reasoning) {
    private static final Message QUESTION = Message.user("What?");
    private static final Message ANSWER = Message.assistant("That.");
    private static final String SYSTEM = "zqsystemqz";
    private static final String FUNCTION = "zqfunctionqz";
    private static final String CALLED = "zqcalledqz";
    private static final String DESCRIPTION = "zqdescriptionqz";
    private static final String ARGUMENT = "zqargumentqz";
    private static final String RESULT = "zqresultqz";
    private static final String THOUGHT = "zqthoughtqz";

    /// An id of nine letters and digits, which some templates ask for.
    private static final String ID = "zqcall001";

    private static final List<Map<String, Object>> TOOLS = List.of(Map.of(
            "type",
            "function",
            "function",
            Map.of(
                    "name",
                    FUNCTION,
                    "description",
                    DESCRIPTION,
                    "parameters",
                    Map.of(
                            "type",
                            "object",
                            "properties",
                            Map.of("a", Map.of("type", "string", "description", "An a.")),
                            "required",
                            List.of("a")))));
    private static final Message CALL = new Message(
            Message.ASSISTANT,
            "",
            true,
            Map.of(
                    Message.TOOL_CALLS,
                    List.of(Map.of(
                            "id",
                            ID,
                            "type",
                            "function",
                            "function",
                            Map.of("name", CALLED, "arguments", Map.of("a", ARGUMENT))))));
    private static final Message TOOL = new Message("tool", RESULT, false, Map.of("tool_call_id", ID, "name", CALLED));

    /// Renders the conversations with a template.
    public static WrittenParts of(ChatTemplate template) {
        Message system = Message.system(SYSTEM);
        Message thinking = new Message(Message.ASSISTANT, ANSWER.content(), true, Map.of("reasoning_content", THOUGHT));
        List<Message> called = List.of(QUESTION, CALL);
        List<Message> answered = List.of(QUESTION, CALL, TOOL, ANSWER);
        return new WrittenParts(
                writes(template, List.of(system, QUESTION, ANSWER), List.of(), SYSTEM),
                writes(template, List.of(QUESTION, ANSWER), TOOLS, FUNCTION, DESCRIPTION),
                Stream.of(called, answered).anyMatch(turns -> inBothWays(template, turns, CALLED, ARGUMENT)),
                inBothWays(template, answered, RESULT),
                writes(template, List.of(QUESTION, thinking), List.of(), THOUGHT));
    }

    /// Whether a part is written in a conversation with tools, or in one without.
    private static boolean inBothWays(ChatTemplate template, List<Message> turns, String... words) {
        return writes(template, turns, List.of(), words) || writes(template, turns, TOOLS, words);
    }

    private static boolean writes(
            ChatTemplate template, List<Message> turns, List<Map<String, Object>> tools, String... words) {
        try {
            String text = template.render(turns, tools, false);
            return Stream.of(words).allMatch(text::contains);
        } catch (TemplateException e) {
            return false;
        }
    }
}

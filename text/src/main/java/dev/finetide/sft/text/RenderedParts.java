package dev.finetide.sft.text;

import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.Message;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds what a conversation says and a chat template does not write. Every part of the conversation gets a mark of its
/// own, and a part whose mark is not in the rendered text does not reach the model.
///
/// Thoughts (`reasoning_content`, or `<think>` in the content) are parts only in turns that are trained, because many
/// templates leave out the thoughts of earlier turns on purpose. Ids of calls are no parts: many templates have no
/// place for them.
final class RenderedParts {
    private static final Pattern TAG = Pattern.compile("</?\\w{1,40}>");
    private static final Pattern KNOWN_TAG = Pattern.compile(
            "</?(?:think|thinking|thought|reasoning|reason|reflection|scratchpad|analysis|plan|answer|output|tool_call"
                    + "|tool_response|function_call|solution)>");
    private static final int MOST_TAGS = 50;
    private static final int MOST_MISSING = 20;
    private static final String FUNCTION = "function";

    /// Writes one part's mark into a copy of the conversation.
    private record Part(String path, String mark, UnaryOperator<ChatRow> marking) {}

    private final ChatTemplate template;
    private final ChatRow given;
    private final ChatRow spoken;
    private final String salt;
    private final List<Part> parts = new ArrayList<>();

    private RenderedParts(ChatTemplate template, ChatRow row) {
        this.template = template;
        this.given = row;
        this.spoken = spoken(row);
        this.salt = salt(row);
        for (int i = 0; i < row.tools().size(); i++) {
            addTool(i);
        }
        for (int i = 0; i < row.messages().size(); i++) {
            addMessage(i);
        }
    }

    /// Gives words to turns that have none, because many templates refuse a turn without a text before they could
    /// leave out its calls.
    private static ChatRow spoken(ChatRow row) {
        return new ChatRow(
                row.messages().stream()
                        .map(message -> message.content().isEmpty() ? message.saying("-") : message)
                        .toList(),
                row.tools());
    }

    /// Returns the paths of the parts that the template does not write: `messages[1].tool_calls[0]`. Only the first
    /// one, where each part has to be rendered for itself.
    static List<String> missing(ChatTemplate template, ChatRow row) {
        return new RenderedParts(template, row).missing();
    }

    private List<String> missing() {
        Optional<String> text = rendered(allMarked(given)).or(() -> rendered(allMarked(spoken)));
        return parts.stream()
                .filter(part -> !text.map(whole -> whole.contains(part.mark())).orElseGet(() -> reachesAlone(part)))
                .map(Part::path)
                .limit(text.isPresent() ? MOST_MISSING : 1)
                .toList();
    }

    private ChatRow allMarked(ChatRow row) {
        ChatRow all = row;
        for (Part part : parts) {
            all = part.marking().apply(all);
        }
        return all;
    }

    /// Whether a part reaches the text when it alone has a mark. A template that refuses the marked part has read it.
    private boolean reachesAlone(Part part) {
        return rendered(part.marking().apply(given))
                .or(() -> rendered(part.marking().apply(spoken)))
                .map(text -> text.contains(part.mark()))
                .orElse(true);
    }

    private Optional<String> rendered(ChatRow marked) {
        try {
            return Optional.of(template.render(marked.messages(), marked.tools(), false));
        } catch (TemplateException refused) {
            return Optional.empty();
        }
    }

    private void addTool(int index) {
        String path = "tools[" + index + "]";
        Map<String, Object> function = function(given.tools().get(index));
        add(path, mark -> changed -> withTool(changed, index, "name", text(function, "name") + mark));
        if (!text(function, "description").isEmpty()) {
            add(
                    path + ".function.description",
                    mark -> changed -> withTool(changed, index, "description", text(function, "description") + mark));
        }
        if (function.get("parameters") instanceof Map<?, ?> parameters
                && parameters.get("properties") instanceof Map<?, ?> properties
                && !properties.isEmpty()) {
            add(path + ".function.parameters", mark -> changed -> {
                Map<Object, Object> more = new LinkedHashMap<>(properties);
                more.put(mark, Map.of("type", "string", "description", mark));
                Map<Object, Object> schema = new LinkedHashMap<>(parameters);
                schema.put("properties", more);
                return withTool(changed, index, "parameters", schema);
            });
        }
    }

    private void addMessage(int index) {
        Message message = given.messages().get(index);
        String path = "messages[" + index + "]";
        if (!message.content().isBlank()) {
            add(path + ".content", mark -> changed -> {
                Message now = changed.messages().get(index);
                return with(changed, index, now.saying(now.content() + mark));
            });
        }
        if (message.trained()) {
            addSegments(index, path + ".content");
        }
        if (message.trained()
                && message.more().get(Message.REASONING) instanceof String thoughts
                && !thoughts.isBlank()) {
            add(
                    path + "." + Message.REASONING,
                    mark -> changed -> with(changed, index, Message.REASONING, thoughts + mark));
        }
        if (message.more().get(Message.TOOL_CALLS) instanceof List<?> calls) {
            for (int call = 0; call < calls.size(); call++) {
                addCall(index, call, path + "." + Message.TOOL_CALLS + "[" + call + "]");
            }
        }
    }

    /// Adds the text before each tag, such as the thoughts before `</think>`: many templates cut contents at tags.
    private void addSegments(int index, String path) {
        String content = given.messages().get(index).content();
        Matcher tags = TAG.matcher(content);
        for (int from = 0, found = 0; found < MOST_TAGS && tags.find(); found++, from = tags.end()) {
            if (!content.substring(from, tags.start()).isBlank()) {
                String rest = content.substring(tags.start());
                add(path + " before " + told(tags.group()), mark -> changed -> {
                    Message now = changed.messages().get(index);
                    // Marks of earlier segments stand in front of this one, and that of the whole content at the end.
                    int at = now.content().lastIndexOf(rest);
                    return with(
                            changed,
                            index,
                            now.saying(new StringBuilder(now.content())
                                    .insert(at, mark)
                                    .toString()));
                });
            }
        }
    }

    /// Returns a tag that templates know. Any other tag is text of the row.
    private static String told(String tag) {
        return KNOWN_TAG.matcher(tag).matches() ? tag : "a tag";
    }

    private void addCall(int index, int call, String path) {
        add(
                path,
                mark -> changed -> withCall(changed, index, call, function -> {
                    function.put("name", text(function, "name") + mark);
                }));
        add(
                path + ".function.arguments",
                mark -> changed -> withCall(changed, index, call, function -> {
                    Map<Object, Object> arguments = new LinkedHashMap<>();
                    if (function.get("arguments") instanceof Map<?, ?> given) {
                        arguments.putAll(given);
                    }
                    arguments.put(mark, mark);
                    function.put("arguments", arguments);
                }));
    }

    private interface Marking {
        UnaryOperator<ChatRow> with(String mark);
    }

    /// Returns letters and digits that occur nowhere in the row. Marks are plain ASCII, because some templates write
    /// other characters as escapes.
    private static String salt(ChatRow row) {
        String text = row.toString();
        int salt = 0;
        while (text.contains("zq" + salt + "x")) {
            salt++;
        }
        return "zq" + salt + "x";
    }

    private void add(String path, Marking marking) {
        String mark = salt + parts.size() + "qz";
        parts.add(new Part(path, mark, marking.with(mark)));
    }

    private static ChatRow with(ChatRow row, int index, Message message) {
        List<Message> messages = new ArrayList<>(row.messages());
        messages.set(index, message);
        return new ChatRow(messages, row.tools());
    }

    private static ChatRow with(ChatRow row, int index, String field, Object value) {
        Message now = row.messages().get(index);
        Map<String, Object> more = new LinkedHashMap<>(now.more());
        more.put(field, value);
        return with(row, index, new Message(now.role(), now.content(), now.trained(), more));
    }

    private static ChatRow withCall(ChatRow row, int index, int call, Consumer<Map<String, Object>> change) {
        return with(row, index, withCall(row.messages().get(index), call, change));
    }

    /// Returns a turn with one of its calls changed.
    ///
    /// @param change gets the called function's name and arguments, and may replace them
    static Message withCall(Message message, int call, Consumer<Map<String, Object>> change) {
        List<Object> calls = new ArrayList<>((List<?>) message.more().get(Message.TOOL_CALLS));
        Map<String, Object> changed = copy(calls.get(call));
        Map<String, Object> function = copy(changed.get(FUNCTION));
        change.accept(function);
        changed.put(FUNCTION, function);
        calls.set(call, changed);
        Map<String, Object> more = new LinkedHashMap<>(message.more());
        more.put(Message.TOOL_CALLS, calls);
        return new Message(message.role(), message.content(), message.trained(), more);
    }

    private static ChatRow withTool(ChatRow row, int index, String field, Object value) {
        List<Map<String, Object>> tools = new ArrayList<>(row.tools());
        Map<String, Object> tool = copy(tools.get(index));
        Map<String, Object> function = new LinkedHashMap<>(function(tool));
        function.put(field, value);
        if (tool.containsKey(FUNCTION)) {
            tool.put(FUNCTION, function);
            tools.set(index, tool);
        } else {
            tools.set(index, function);
        }
        return new ChatRow(row.messages(), tools);
    }

    /// Returns the description of a tool's function, which some rows give without the object around it.
    private static Map<String, Object> function(Map<String, Object> tool) {
        return tool.containsKey(FUNCTION) ? copy(tool.get(FUNCTION)) : tool;
    }

    private static Map<String, Object> copy(Object object) {
        Map<String, Object> copy = new LinkedHashMap<>();
        if (object instanceof Map<?, ?> map) {
            map.forEach((key, value) -> copy.put(String.valueOf(key), value));
        }
        return copy;
    }

    private static String text(Map<String, Object> object, String field) {
        return object.get(field) instanceof String text ? text : "";
    }
}

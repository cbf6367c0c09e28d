package dev.finetide.dataset.row;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.modelfiles.row.Role;
import dev.finetide.proto.dataset.v1.RowContent;
import dev.finetide.proto.dataset.v1.RowFormat;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Makes a canonical chat row of turns, whatever form they were read from. Keys of a turn have a fixed order, `weight`
/// stands only where it is 0, and system turns that say nothing are left out. Faults name the places that the caller
/// gives, which are the user's. Not thread-safe.
public final class ChatRow {
    private static final String ROLE = "role";
    private static final String CONTENT = "content";
    private static final String ASSISTANT = Role.ASSISTANT.word();

    private final boolean allowEmpty;
    private final ArrayNode messages = StrictJson.array();
    /// Ids of all calls so far. An id that a later turn uses again stands for the later call.
    private final Set<String> callIds = new HashSet<>();

    private ArrayNode tools;

    /// @param allowEmpty whether empty prompts, empty answers and user turns at the end are accepted
    public ChatRow(boolean allowEmpty) {
        this.allowEmpty = allowEmpty;
    }

    public boolean allowsEmpty() {
        return allowEmpty;
    }

    /// Adds a turn of the system.
    public ChatRow system(String text) {
        if (!text.isBlank()) {
            turn(Role.SYSTEM).put(CONTENT, text);
        }
        return this;
    }

    /// Adds a turn of the user, or of the system if it says something.
    ///
    /// @param place place of the text in the row
    /// @return the turn, to which the caller may add a name
    public ObjectNode asked(Role role, String text, String place) throws RowFault {
        if (text.isBlank() && !allowEmpty) {
            throw RowFault.at(place, "is empty: an empty prompt");
        }
        return turn(role).put(CONTENT, text);
    }

    /// Adds a turn of the assistant that only answers.
    ///
    /// @param place place of the text in the row
    public void answered(String text, String place) throws RowFault {
        checkAnswer(text, place);
        turn(Role.ASSISTANT).put(CONTENT, text);
    }

    /// Adds a turn of the assistant without content, for the caller to fill in.
    public ObjectNode assistant() {
        return turn(Role.ASSISTANT);
    }

    /// Checks an answer that no call accompanies.
    ///
    /// @param place place of the text in the row
    public void checkAnswer(String text, String place) throws RowFault {
        if (text.isBlank() && !allowEmpty) {
            throw RowFault.at(place, "is empty: an assistant's turn needs an answer");
        }
    }

    /// Adds the result of a call.
    public ObjectNode result(String text) {
        return turn(Role.TOOL).put(CONTENT, text);
    }

    /// Notes the id of a call, for the results that answer it.
    public void called(String id) {
        callIds.add(id);
    }

    /// Adds the id of the answered call to a result.
    ///
    /// @param place place of the id in the row
    public void answers(ObjectNode result, String id, String place) throws RowFault {
        if (!callIds.contains(id)) {
            throw RowFault.at(place, "names no tool call before it");
        }
        result.put("tool_call_id", id);
    }

    /// Excludes the assistant turns so far from training.
    public void withoutWeight() {
        for (JsonNode message : messages) {
            if (isRole(message, ASSISTANT)) {
                ((ObjectNode) message).put("weight", 0);
            }
        }
    }

    /// Adds the functions that the assistant may call, in canonical form.
    public void tools(ArrayNode functions) {
        tools = functions.isEmpty() ? null : functions;
    }

    /// Returns the row.
    ///
    /// @throws RowFault if nothing is asked, answered or learnt
    public CanonicalRow row() throws RowFault {
        int answer = lastAnswer();
        checkTurns(answer);
        CanonicalJson json = new CanonicalJson();
        json.ascii("{\"messages\":[");
        boolean weights = false;
        int answerStart = json.size();
        for (int i = 0; i < messages.size(); i++) {
            if (i == answer) {
                answerStart = json.size();
            }
            json.ascii(i == 0 ? "" : ",").value(messages.get(i));
            weights |= i < answer && messages.get(i).has("weight");
        }
        json.ascii("]");
        int end = json.size();
        if (tools != null) {
            json.ascii(",\"tools\":").value(tools);
        }
        json.ascii("}");
        CanonicalJson input = new CanonicalJson();
        if (weights) {
            writeWithoutWeights(input, answer);
        } else {
            json.copyTo(input, 0, answerStart);
            input.ascii("]");
        }
        json.copyTo(input, end, json.size());
        JsonNode content = messages.get(answer).get(CONTENT);
        return new CanonicalRow(
                RowFormat.CHAT,
                json.bytes(),
                input.bytes(),
                contents(),
                Optional.ofNullable(content).map(JsonNode::textValue).filter(text -> !text.isBlank()));
    }

    private ObjectNode turn(Role role) {
        ObjectNode turn = StrictJson.object().put(ROLE, role.word());
        messages.add(turn);
        return turn;
    }

    private int lastAnswer() throws RowFault {
        if (messages.isEmpty()) {
            throw RowFault.of("messages", "the row has no messages");
        }
        int last = messages.size() - 1;
        if (allowEmpty) {
            while (last > 0 && isRole(messages.get(last), Role.USER.word())) {
                last--;
            }
        }
        if (!isRole(messages.get(last), ASSISTANT)) {
            throw RowFault.of("messages", "the row has no answer: its last message is not an assistant's");
        }
        return last;
    }

    private void checkTurns(int answer) throws RowFault {
        boolean asked = false;
        boolean trained = false;
        for (int i = 0; i <= answer; i++) {
            JsonNode message = messages.get(i);
            asked |= isRole(message, Role.USER.word());
            trained |= isRole(message, ASSISTANT) && !message.has("weight");
        }
        if (!asked && !allowEmpty) {
            throw RowFault.of("messages", "the row has an empty prompt: no message is a user's");
        }
        if (!trained) {
            throw RowFault.of("messages", "the row has no answer to train on: every assistant's weight is 0");
        }
    }

    /// Writes the messages before the last assistant turn. Weights are not part of the input.
    private void writeWithoutWeights(CanonicalJson input, int answer) {
        input.ascii("{\"messages\":[");
        for (int i = 0; i < answer; i++) {
            input.ascii(i == 0 ? "" : ",").object((ObjectNode) messages.get(i), "weight");
        }
        input.ascii("]");
    }

    private Set<RowContent> contents() {
        Set<RowContent> contents = EnumSet.noneOf(RowContent.class);
        if (tools != null) {
            contents.add(RowContent.TOOLS);
        }
        for (JsonNode message : messages) {
            if (message.has("tool_calls")) {
                contents.add(RowContent.TOOL_CALLS);
            }
            if (message.has("reasoning_content")) {
                contents.add(RowContent.REASONING);
            }
            switch (Role.of(message.get(ROLE).textValue()).orElseThrow()) {
                case SYSTEM, DEVELOPER -> contents.add(RowContent.SYSTEM_TURN);
                case TOOL -> contents.add(RowContent.TOOL_RESULTS);
                case USER, ASSISTANT -> {}
            }
        }
        return contents;
    }

    private static boolean isRole(JsonNode message, String role) {
        return message.get(ROLE).textValue().equals(role);
    }
}

package dev.finetide.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// The demo's task: to turn a mail into a JSON ticket. Two fields need judgement, three are copied from the mail.
final class Ticket {
    static final int FIELDS = 5;

    private static final ObjectMapper JSON = new ObjectMapper();

    private Ticket() {}

    static String of(Mail mail) {
        ObjectNode ticket = JSON.createObjectNode();
        ticket.put("category", mail.category());
        ticket.put("priority", mail.priority());
        ticket.put("product", mail.product().orElse(null));
        ticket.put("order", mail.order().orElse(null));
        ticket.put("customer", mail.customer());
        return ticket.toString();
    }

    /// Counts the fields of a ticket that an answer has with the same values; 0 for an answer that is no JSON.
    static int rightFields(String ticket, String answer) {
        try {
            JsonNode answered = JSON.readTree(answer);
            return (int) JSON.readTree(ticket).properties().stream()
                    .filter(field -> field.getValue().equals(answered.get(field.getKey())))
                    .count();
        } catch (JsonProcessingException _) {
            return 0;
        }
    }

    /// Returns a dataset's row in OpenAI's chat form. The question is the mail alone.
    static String row(Mail mail) {
        ObjectNode row = JSON.createObjectNode();
        ArrayNode messages = row.putArray("messages");
        messages.addObject().put("role", "user").put("content", mail.text());
        messages.addObject().put("role", "assistant").put("content", of(mail));
        return row.toString();
    }
}

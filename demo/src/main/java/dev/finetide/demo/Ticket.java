package dev.finetide.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// The demo's task: to turn a mail into a JSON ticket. Two fields need judgement, three are copied from the mail.
final class Ticket {
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

    /// Returns a dataset's row in OpenAI's chat form. The question is the mail alone.
    static String row(Mail mail) {
        ObjectNode row = JSON.createObjectNode();
        ArrayNode messages = row.putArray("messages");
        messages.addObject().put("role", "user").put("content", mail.text());
        messages.addObject().put("role", "assistant").put("content", of(mail));
        return row.toString();
    }
}

package dev.finetide.dataset.record;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.row.StrictJson;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;

/// Makes JSON values of the values of one typed record, and limits their size.
final class Cells {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /// Size up to which a whole double is written with all of its digits, as Python does.
    private static final double PLAIN = 1e16;

    private long size;

    /// Returns a text.
    ///
    /// @param place place of the value in the record
    JsonNode text(byte[] utf8, String place) throws RowFault {
        add(utf8.length, place);
        if (Utf8.malformed(utf8, 0, utf8.length) >= 0) {
            throw RowFault.at(place, "holds bytes that are no text");
        }
        String text = new String(utf8, StandardCharsets.UTF_8);
        if (text.indexOf(0) >= 0) {
            throw RowFault.at(place, "has a NUL character");
        }
        return NODES.textNode(text);
    }

    /// Returns a number, truth value or time.
    ///
    /// @param place place of the value in the record
    JsonNode value(Object value, String place) throws RowFault {
        add(16, place);
        return switch (value) {
            case null -> NODES.nullNode();
            case Boolean truth -> NODES.booleanNode(truth);
            case Double number -> decimal(number, place);
            case Float number -> decimal(Double.parseDouble(number.toString()), place);
            case BigDecimal number -> NODES.numberNode(number);
            case BigInteger number -> NODES.numberNode(number);
            case Number number -> NODES.numberNode(number.longValue());
            case byte[] bytes -> text(bytes, place);
            default -> NODES.textNode(value.toString());
        };
    }

    /// Counts bytes of the record.
    void add(long bytes, String place) throws RowFault {
        size += bytes;
        if (size > StrictJson.LONGEST) {
            throw RowFault.of(place, "the record is longer than the " + StrictJson.LONGEST + " bytes that are allowed");
        }
    }

    private static JsonNode decimal(double number, String place) throws RowFault {
        if (!Double.isFinite(number)) {
            throw RowFault.at(place, "is not a finite number");
        }
        BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        return NODES.numberNode(exact.scale() < 1 && Math.abs(number) < PLAIN ? exact.setScale(1) : exact);
    }
}

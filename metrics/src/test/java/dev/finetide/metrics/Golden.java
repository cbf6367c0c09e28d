package dev.finetide.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/// Numbers of the reference implementations, made by `src/test/python/make_goldens.py`.
public final class Golden {
    private static final JsonMapper MAPPER = new JsonMapper();

    private Golden() {}

    public static JsonNode read(String name) {
        try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name + ".json")) {
            return MAPPER.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static double[] numbers(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    /// Returns rows of two statistics.
    public static double[][] pairs(JsonNode first, JsonNode second) {
        return IntStream.range(0, first.size())
                .mapToObj(i ->
                        new double[] {first.get(i).asDouble(), second.get(i).asDouble()})
                .toArray(double[][]::new);
    }
}

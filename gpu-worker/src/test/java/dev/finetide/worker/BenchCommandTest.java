package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {
    @TempDir
    Path temp;

    @Test
    void measuresRandomRows() throws IOException {
        JsonNode report = bench("--size=260K", "--length=32", "--pack=64", "--batch=4", "--steps=3");
        assertThat(report.get("losses")).hasSize(3);
        assertThat(report.get("tokensPerSecond").asDouble()).isPositive();
        assertThat(report.get("shareOfPeak").asDouble()).isBetween(0.0, 1.5);
        assertThat(report.get("packed").asBoolean()).isTrue();
        assertThat(report.get("estimatedSeconds").asDouble()).isPositive();
        assertThat(report.get("estimatedPeakMemoryBytes").asLong()).isPositive();
        assertThat(report.get("seconds").asDouble()).isPositive();
    }

    @Test
    void tellsWhichRowsOfTheFileEachStepHad() throws IOException {
        Path rows = temp.resolve("rows.jsonl");
        Files.writeString(rows, """
                {"input_ids": [3, 4, 5], "labels": [-100, 4, 5]}
                {"input_ids": [6, 7, 8, 9], "labels": [-100, -100, -100, 9]}
                {"input_ids": [9, 8]}
                """);
        List<Integer> order = new ArrayList<>();
        bench("--size=260K", "--rows=" + rows, "--batch=3", "--steps=2")
                .get("order")
                .get(0)
                .forEach(place -> order.add(place.asInt()));
        assertThat(order).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void generationIsMeasuredAloneAndWithLoss() throws IOException {
        Path rows = temp.resolve("rows.jsonl");
        Files.writeString(rows, """
                {"input_ids": [3, 4, 5], "labels": [-100, 4, 5]}
                {"input_ids": [6, 7, 8, 9], "labels": [-100, -100, -100, 9]}
                """);
        JsonNode report = bench("--size=260K", "--rows=" + rows, "--generate=5");
        assertThat(report.get("rowsPerSecond").asDouble()).isPositive();
        assertThat(report.get("withLossRowsPerSecond").asDouble()).isPositive();
        assertThat(report.get("nll").asDouble()).isPositive();
        assertThat(report.get("texts"))
                .hasSize(2)
                .allSatisfy(text -> assertThat(text).hasSize(5));
    }

    @Test
    void qloraHoldsARandomBaseInFourBits() throws IOException {
        JsonNode plain = bench("--size=260K", "--length=32", "--batch=4", "--steps=2");
        JsonNode quantised = bench("--size=260K", "--length=32", "--batch=4", "--steps=2", "--method=qlora");
        assertThat(plain.get("method").asText()).isEqualTo("LORA");
        assertThat(quantised.get("method").asText()).isEqualTo("QLORA");
        assertThat(quantised.get("losses").get(0).asDouble())
                .isNotEqualTo(plain.get("losses").get(0).asDouble())
                .isCloseTo(plain.get("losses").get(0).asDouble(), Offset.offset(0.05));
    }

    @Test
    void whatCannotBeMeasuredIsRefused() {
        assertThat(Main.commandLine().execute("bench", "--method=dora")).isEqualTo(78);
        assertThat(Main.commandLine().execute("bench", "--size=135M", "--memory-budget=100000000"))
                .isEqualTo(78);
    }

    private static JsonNode bench(String... options) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("bench", "--threads=1"));
        arguments.addAll(List.of(options));
        PrintStream before = System.out;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertThat(Main.commandLine().execute(arguments.toArray(String[]::new)))
                    .isZero();
        } finally {
            System.setOut(before);
        }
        return new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    }
}

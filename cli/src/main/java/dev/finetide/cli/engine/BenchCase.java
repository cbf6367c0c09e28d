package dev.finetide.cli.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// One line of the benchmark's table: a random model trained on random rows.
///
/// @param pack tokens of a packed row; 0 for rows that are not packed
record BenchCase(String size, String method, String precision, int length, int pack) {
    private static final List<String> SIZES = List.of("260K", "5M", "30M", "135M");

    /// Returns all cases, smallest model first.
    static List<BenchCase> table() {
        List<BenchCase> cases = new ArrayList<>();
        for (String size : SIZES) {
            for (String method : List.of("lora", "qlora", "full")) {
                for (String precision : List.of("fp32", "bf16")) {
                    for (int length : List.of(512, 2048)) {
                        Stream.of(0, length)
                                .forEach(pack -> cases.add(new BenchCase(size, method, precision, length, pack)));
                    }
                }
            }
        }
        return cases;
    }

    /// Returns the worker's arguments for this case.
    List<String> arguments(double seconds) {
        return List.of(
                "bench",
                "--size=" + size,
                "--method=" + method,
                "--precision=" + precision,
                "--length=" + length,
                "--pack=" + pack,
                "--seconds=" + seconds);
    }
}

package dev.finetide.sft;

import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The checks of a run's settings and rows before the run allocates memory.
final class Requirements {
    private Requirements() {}

    /// Checks the settings and rows of a run.
    ///
    /// @throws IllegalArgumentException naming the setting or the row, and the expected and the found value
    static void check(CausalLm base, List<TokenizedRow> rows, List<TokenizedRow> heldOut, SftConfig config) {
        Setting.require(!rows.isEmpty(), "rows", "at least one", "empty");
        Setting.require(
                !heldOut.isEmpty() || config.validation().equals(ValidationConfig.DEFAULT),
                "validation",
                "nothing without held-out rows",
                config.validation());
        int steps = config.totalSteps(rows.size());
        Setting.require(
                config.warmupSteps() < steps,
                "warmupSteps",
                "fewer than the run's " + steps + ", or the learning rate never reaches its peak",
                config.warmupSteps());
        checkAdapter(base, config);
        checkRows(base, rows, config, "row ");
        checkRows(base, heldOut, config, "held-out row ");
        checkRoom(base, config);
    }

    /// Checks the room for memory that every run needs: the fp32 weights that learn, their gradients, and the
    /// optimiser's two means.
    private static void checkRoom(CausalLm base, SftConfig config) {
        boolean full = config.method() == SftConfig.Method.FULL;
        long learning = full
                ? base.parameterCount()
                : config.lora().orElseThrow().weights(base.config()).values().stream()
                        .mapToLong(shape -> Arrays.stream(shape).reduce(1, Math::multiplyExact))
                        .sum();
        boolean there =
                full ? base.precision() == Precision.FP32 : base.active().isPresent();
        long bytes = base.manager().getDevice().isGpu() ? 0 : Float.BYTES * learning * (there ? 3 : 4);
        base.budget().requireRoom("gradients and optimiser of %,d weights".formatted(learning), bytes);
    }

    private static void checkAdapter(CausalLm base, SftConfig config) {
        if (config.method() == SftConfig.Method.FULL) {
            base.requireUnquantized("full fine-tuning");
        }
        base.active()
                .map(adapter -> adapter.shape().withoutPatterns())
                .ifPresent(shape -> Setting.require(
                        config.lora().map(lora -> lora.shape(base.config())).equals(Optional.of(shape)),
                        "lora",
                        "the shape of the adapter that is switched on, " + shape,
                        config.lora()));
    }

    private static void checkRows(CausalLm base, List<TokenizedRow> rows, SftConfig config, String name) {
        int context = base.config().maxPositions();
        int longest = Math.min(config.maxLength(), context);
        String limit = longest == context ? "the base's max_position_embeddings" : "maxLength";
        int vocab = base.config().vocab();
        for (int i = 0; i < rows.size(); i++) {
            TokenizedRow row = rows.get(i);
            Setting.require(
                    row.length() <= longest,
                    name + i + ": length",
                    "at most " + longest + " tokens (" + limit + ")",
                    row.length());
            Setting.require(row.supervisedTokens() > 0, name + i + ": supervised tokens", "at least one", 0);
            for (int id : row.ids()) {
                Setting.require(id >= 0 && id < vocab, name + i + ": token id", "0 to " + (vocab - 1), id);
            }
        }
    }
}

package dev.finetide.sft.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.torch.Precision;
import java.util.List;

/// The keys and values that generation keeps between its steps. Each row has a slot with a cell for each of its own
/// tokens. What all rows begin with is kept once, and several caches may share it.
///
/// One thread at a time may use a cache. Its memory is freed with its manager, or when it is closed.
public final class KeyValueCache implements AutoCloseable {
    private final DecoderProgram program;
    private final PtNDManager manager;
    private final List<NDArray> beginning;
    private final int shared;
    private final int slots;
    private final int columns;
    private final List<NDArray> cells;

    private KeyValueCache(
            DecoderProgram program, PtNDManager manager, List<NDArray> beginning, int shared, int slots, int columns) {
        this.program = program;
        this.manager = manager;
        this.beginning = beginning;
        this.shared = shared;
        this.slots = slots;
        this.columns = columns;
        this.cells = program.newCells(manager, slots, columns);
    }

    /// Makes an empty cache for rows that begin with nothing in common.
    ///
    /// @param columns tokens that each slot can keep
    public static KeyValueCache empty(DecoderProgram program, PtNDManager manager, int slots, int columns) {
        return new KeyValueCache(program, manager, List.of(), 0, slots, columns);
    }

    /// Reads the beginning of rows, as far as this cache does not have it, and makes an empty cache for rows that begin
    /// so. The cache has a single slot for one token.
    ///
    /// @param owner owns the new cache
    /// @param ids token ids that the rows begin with; they begin with what the rows of this cache begin with
    public KeyValueCache extended(PtNDManager owner, int[] ids, List<NDArray> parameters) {
        if (ids.length == shared) {
            return resized(owner, 1, 1);
        }
        try (PtNDManager scope = owner.newSubManager(owner.getDevice())) {
            KeyValueCache read = resized(scope, 1, ids.length - shared);
            GenerationStep step =
                    GenerationStep.of(scope, List.of(), List.of(GenerationStep.Reading.prompt(ids, 0)), read);
            program.stepTokens(scope, step, read, parameters);
            return new KeyValueCache(program, owner, program.onlySlot(owner, read), ids.length, 1, 1);
        }
    }

    /// Makes an empty cache of another size for rows with the same beginning.
    public KeyValueCache resized(PtNDManager owner, int otherSlots, int otherColumns) {
        return new KeyValueCache(program, owner, beginning, shared, otherSlots, otherColumns);
    }

    /// Copies slots of another cache into slots of this one, as many cells as both have.
    public void copy(KeyValueCache source, long[] from, long[] to) {
        program.copySlots(source, from, this, to);
    }

    /// Returns the keys and the values of each block, `[slots G columns + 1, K]`.
    List<NDArray> cells() {
        return cells;
    }

    List<NDArray> beginning() {
        return beginning;
    }

    Precision precision() {
        return program.precision();
    }

    PtNDManager manager() {
        return manager;
    }

    /// Returns the number of tokens that all rows begin with.
    public int shared() {
        return shared;
    }

    /// Returns the number of cells of a slot in each block.
    int slotCells() {
        return program.kvHeads() * columns;
    }

    public int slots() {
        return slots;
    }

    public int columns() {
        return columns;
    }

    @Override
    public void close() {
        cells.forEach(NDArray::close);
    }
}

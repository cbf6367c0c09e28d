package dev.finetide.sft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchSource;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// AdamW (Loshchilov and Hutter 2019), Adam with decoupled weight decay: `adam_w.py`. The same call divides
/// gradients by the step's token count and clips them by their global norm.
public final class AdamW implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private final PtNDManager manager;
    private final TorchProgram program;
    private final Parameters weights;
    private final Parameters means;
    private final Parameters squares;
    private final int[] order;
    private final int decaying;
    private int steps;

    /// Makes an optimiser before its first step.
    ///
    /// @param weights weights that are trained, in place
    /// @param decayFrom dimensions that a tensor must have for its weights to decay
    public AdamW(PtNDManager manager, Parameters weights, int decayFrom) {
        this.manager = manager;
        this.program = new TorchProgram(
                manager,
                TorchSource.read(AdamW.class, "adam_w.py", Map.of("BETA1", BETA1, "BETA2", BETA2, "EPSILON", EPSILON)));
        this.weights = weights;
        List<NDArray> arrays = weights.arrays();
        Predicate<Integer> decays = i -> arrays.get(i).getShape().dimension() >= decayFrom;
        this.order = Stream.concat(
                        indexes(arrays).filter(decays), indexes(arrays).filter(decays.negate()))
                .mapToInt(Integer::intValue)
                .toArray();
        this.decaying = (int) indexes(arrays).filter(decays).count();
        this.means = weights.zerosLike(manager);
        this.squares = weights.zerosLike(manager);
    }

    private static Stream<Integer> indexes(List<?> list) {
        return IntStream.range(0, list.size()).boxed();
    }

    /// Returns arrays with those of the decaying tensors first, otherwise in their order.
    private List<NDArray> ordered(List<NDArray> arrays) {
        return Arrays.stream(order).mapToObj(arrays::get).toList();
    }

    /// Takes one step.
    ///
    /// @param manager manager of the step, which owns intermediate arrays
    /// @param gradients gradients of the sum of the tokens' losses; overwritten
    /// @param tokens supervised tokens of the whole step
    /// @param maxNorm the gradients' norm is clipped to this, 0 for never
    /// @return norm of the gradient of the mean loss, before clipping; when it is not finite, nothing has
    ///     changed
    public double update(
            PtNDManager manager, List<NDArray> gradients, long tokens, double maxNorm, double lr, double weightDecay) {
        steps++;
        NDArray step = manager.create(FloatBuffer.wrap(new float[] {steps}), new Shape(), DataType.FLOAT32);
        return program.call(
                        manager,
                        "update",
                        new TorchProgram.Tuple(
                                ordered(weights.arrays()),
                                ordered(gradients),
                                ordered(means.arrays()),
                                ordered(squares.arrays()),
                                decaying),
                        new TorchProgram.Tuple(step, (double) tokens, maxNorm, lr, weightDecay))
                .singletonOrThrow()
                .getFloat();
    }

    /// Returns the running means of the gradients, under the names of the weights.
    public Parameters means() {
        return means;
    }

    /// Returns the running means of the squared gradients, under the names of the weights.
    public Parameters squares() {
        return squares;
    }

    /// Continues after `done` steps, whose means and squares have been read back.
    public void resumeAfter(int done) {
        steps = done;
    }

    /// Goes back to the state before the first step.
    public void reset() {
        steps = 0;
        try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
            program.call(scope, "zero", means.arrays());
            program.call(scope, "zero", squares.arrays());
        }
    }

    @Override
    public void close() {
        program.close();
        means.close();
        squares.close();
    }
}

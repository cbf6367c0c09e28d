package dev.finetide.sft.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.torch.TorchProgram;
import dev.finetide.sft.torch.TorchText;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay. Gradients are divided by
/// the step's token count and clipped by their global norm in the same call.
public final class AdamW implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.999;
    private static final double EPSILON = 1e-8;

    private static final String SOURCE =
            TorchText.fill("""
              # The norm of all gradients together, before clipping; without a finite one nothing changes. The first `decayed`
              # tensors decay.
              def update(self, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], step: Tensor, tokens: float,
                  max_norm: float, lr: float, weight_decay: float, decayed: int) -> Tensor:
                norm = torch.linalg_vector_norm(torch.stack(torch._foreach_norm(g))) / tokens
                if bool(torch.isfinite(norm)):
                  clip = torch.clamp(max_norm / (norm + 1e-6), max=1.0) if max_norm > 0.0 else torch.ones_like(norm)
                  scale = tokens / clip
                  self.adamw(w[:decayed], g[:decayed], m[:decayed], v[:decayed], step, scale, lr, weight_decay)
                  if decayed < len(w):
                    self.adamw(w[decayed:], g[decayed:], m[decayed:], v[decayed:], step, scale, lr, 0.0)
                return norm

              def zero(self, tensors: List[Tensor]) -> Tensor:
                torch._foreach_zero_(tensors)
                return tensors[0]

              # Gradients are divided by the scale.
              def adamw(self, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], step: Tensor,
                  scale: Tensor, lr: float, weight_decay: float) -> Tensor:
                steps = [step for _ in range(len(w))]
                torch._fused_adamw_(w, g, m, v, annotate(List[Tensor], []), steps, lr=lr, beta1=$BETA1, beta2=$BETA2,
                    weight_decay=weight_decay, eps=$EPSILON, amsgrad=False, maximize=False, grad_scale=scale)
                return step
            """, Map.of("BETA1", BETA1, "BETA2", BETA2, "EPSILON", EPSILON));

    private final PtNDManager manager;
    private final TorchProgram program;
    private final Parameters weights;
    private final Parameters means;
    private final Parameters squares;
    private final int[] order;
    private final int decayed;
    private int steps;

    /// @param weights trained in place
    /// @param decayFrom dimensions that a tensor must have for its weights to decay
    public AdamW(PtNDManager manager, Parameters weights, int decayFrom) {
        this.manager = manager;
        this.program = new TorchProgram(manager, SOURCE);
        this.weights = weights;
        List<NDArray> arrays = weights.arrays();
        Predicate<Integer> decays = i -> arrays.get(i).getShape().dimension() >= decayFrom;
        this.order = Stream.concat(
                        indexes(arrays).filter(decays), indexes(arrays).filter(decays.negate()))
                .mapToInt(Integer::intValue)
                .toArray();
        this.decayed = (int) indexes(arrays).filter(decays).count();
        this.means = weights.zerosLike(manager);
        this.squares = weights.zerosLike(manager);
    }

    private static Stream<Integer> indexes(List<?> list) {
        return IntStream.range(0, list.size()).boxed();
    }

    /// The decaying tensors first, otherwise in their order.
    private List<NDArray> ordered(List<NDArray> arrays) {
        return Arrays.stream(order).mapToObj(arrays::get).toList();
    }

    /// One step.
    ///
    /// @param manager of the step, owns what is made on the way
    /// @param gradients of the sum of the tokens' losses; overwritten
    /// @param tokens supervised tokens of the whole step
    /// @param maxNorm the gradients' norm is clipped to this, 0 for never
    /// @return norm of the gradient of the mean loss, before clipping; when it is not finite, nothing
    ///     has changed
    public double update(
            PtNDManager manager, List<NDArray> gradients, long tokens, double maxNorm, double lr, double weightDecay) {
        steps++;
        NDArray step = manager.create(FloatBuffer.wrap(new float[] {steps}), new Shape(), DataType.FLOAT32);
        return program.call(
                        manager,
                        "update",
                        ordered(weights.arrays()),
                        ordered(gradients),
                        ordered(means.arrays()),
                        ordered(squares.arrays()),
                        step,
                        (double) tokens,
                        maxNorm,
                        lr,
                        weightDecay,
                        decayed)
                .singletonOrThrow()
                .getFloat();
    }

    /// Running means of the gradients, under the weights' names.
    public Parameters means() {
        return means;
    }

    /// Running means of the squared gradients.
    public Parameters squares() {
        return squares;
    }

    /// Continues after `done` steps, whose means and squares have been read back.
    public void resumeAfter(int done) {
        steps = done;
    }

    /// Begins anew, as if no step had been done.
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

package dev.finetide.sft.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TorchSourceTest {
    private static final String CONSTANTS = """
            from typing import List  # for editors

            K: int = ...  # a number
            KINDS: List[int] = ...
            EPS: float = ...
            FULL: bool = ...
            CALL: str = ...
            RATIOS: List[float] = ...
            NONE: List[str] = ...
            TENSORS = List[List[Tensor]]

            class Numbers(Module):
            """;

    private static final Map<String, Object> VALUES = Map.of(
            "K",
            8,
            "KINDS",
            List.of(0, 1),
            "EPS",
            1e-5,
            "FULL",
            false,
            "CALL",
            "f($1, \\x)",
            "RATIOS",
            List.of(1.0),
            "NONE",
            List.of());

    private static String methods(String body) {
        return TorchSource.parse("numbers.py", CONSTANTS + body, VALUES).methods();
    }

    @Test
    void valuesAreWrittenAsTorchScriptReadsThem() {
        assertThat(methods("    KINDS K EPS if FULL: CALL RATIOS"))
                .isEqualTo("    [0, 1] 8 1.0e-5 if False: \"f($1, \\x)\" [1.0]\n");
        assertThat(methods("    NONE TENSORS")).isEqualTo("    annotate(List[str], []) List[List[Tensor]]\n");
    }

    @Test
    void namesThatOnlyContainCapitalsAndCommentsStay() {
        assertThat(methods("    # K is a number\n    x_NK = self.K_of(Kind)  # K"))
                .isEqualTo("    x_NK = self.K_of(Kind)\n");
    }

    @Test
    void namesAndValuesHaveToMatch() {
        assertThatThrownBy(() -> TorchSource.parse("a.py", "KIND: int = ...", Map.of()))
                .hasMessage("a.py: no value for KIND");
        assertThatThrownBy(() -> TorchSource.parse("a.py", "K: int = ...", Map.of("K", 1, "L", 2)))
                .hasMessage("a.py has no constant [L]");
        assertThatThrownBy(() -> methods("    x = L")).hasMessage("numbers.py: no constant is called L");
    }

    @Test
    void bundlesAreOneValueInsideAProgramAndTuplesOnTheWayIn() {
        String text = """
                class Pair(NamedTuple):
                    x: Tensor
                    factors: List[int]

                class Pairs(Module):
                    def product(self, pair: Pair) -> Tensor:
                        return pair.x * pair.factors[1]

                    def second(self, given: Tuple[Tensor, Tuple[List[int], bool]]) -> Tensor:
                        x, numbers = given
                        return self.product(Pair(x, numbers[0]))
                """;
        try (PtNDManager manager = TorchRuntime.newManager();
                TorchProgram program = new TorchProgram(manager, TorchSource.parse("pairs.py", text, Map.of()))) {
            NDArray x = manager.create(new float[] {2, 3});
            TorchProgram.Tuple numbers = new TorchProgram.Tuple(new long[] {5, 7}, true);
            assertThat(program.call(manager, "second", new TorchProgram.Tuple(x, numbers))
                            .singletonOrThrow()
                            .toFloatArray())
                    .containsExactly(14, 21);
        }
    }
}

package dev.finetide.sft.golden;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.sft.EngineOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Agreement with Hugging Face transformers and PEFT, within what rounding explains.
class GoldenModelsTest {
    static Stream<Path> models() throws IOException {
        return GoldenFolders.all();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everythingAgreesWithTransformersAndPeft(Path dir) {
        List<GoldenFinding> findings = new ArrayList<>();
        GoldenComparison.of(dir, EngineOptions.defaults().withThreads(1), findings::add);
        assertThat(findings).hasSizeGreaterThanOrEqualTo(5).allMatch(GoldenFinding::agrees);
    }
}

package dev.finetide.sft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Where golden folders may lie: `../shared` beside the repository is absent on users' machines.
final class GoldenFolders {
    private static final List<String> SUPPORTED =
            List.of("llama", "llama-tied-gqa", "llama3-rope", "llama-linear-rope");

    private GoldenFolders() {}

    static Path shared() {
        Path module = Path.of("").toAbsolutePath();
        Path repository = module.endsWith("sft") ? module.getParent() : module;
        for (Path at = repository.getParent(); at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("shared/golden"))) {
                return at.resolve("shared");
            }
        }
        return repository.resolveSibling("shared");
    }

    static Stream<Path> supported() throws IOException {
        Path models = shared().resolve("golden/models");
        if (!Files.isDirectory(models)) {
            System.out.println("skipped: " + models + " is absent");
            return Stream.empty();
        }
        return SUPPORTED.stream().map(models::resolve);
    }
}

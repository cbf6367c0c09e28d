package dev.finetide.sft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Folders of numbers that Hugging Face computed: the project's own, and those of `../shared`, which is absent
/// on users'
/// machines.
final class GoldenFolders {
    private static final List<String> SHARED = List.of(
            "llama",
            "llama-tied-gqa",
            "llama3-rope",
            "llama-linear-rope",
            "mistral-sliding",
            "qwen2",
            "qwen3",
            "qwen3-dora",
            "smollm3",
            "gemma3");

    private GoldenFolders() {}

    static Path shared() {
        Path module = Path.of("").toAbsolutePath();
        for (Path at = module; at != null; at = at.getParent()) {
            if (Files.isDirectory(at.resolve("shared/golden"))) {
                return at.resolve("shared");
            }
        }
        return module.resolveSibling("shared");
    }

    static Stream<Path> supported() throws IOException {
        Path own = Path.of("src/test/resources/golden");
        Path models = shared().resolve("golden/models");
        List<Path> folders;
        try (Stream<Path> list = Files.list(own)) {
            folders = list.sorted().toList();
        }
        if (!Files.isDirectory(models)) {
            System.out.println("skipped: " + models + " is absent");
            return folders.stream();
        }
        return Stream.concat(folders.stream(), SHARED.stream().map(models::resolve));
    }
}

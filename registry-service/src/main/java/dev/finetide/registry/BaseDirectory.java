package dev.finetide.registry;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.ScratchDirectory;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.rpc.AwaitedBytes;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.SafetensorsHeader;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.modelfiles.config.Family;
import dev.finetide.modelfiles.config.WeightHeaders;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.modelfiles.template.WrittenParts;
import dev.finetide.modelfiles.tokenizer.EndTokens;
import dev.finetide.modelfiles.tokenizer.SpecialTokens;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ChatTemplateSummary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The small files of a base in a directory of this machine, where the same code reads them that a
/// worker loads the base with. Large files are there by name only.
final class BaseDirectory {
    private static final Pattern HUB_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*");

    /// The files that the engine reads. All others are there by name only.
    private static final Pattern READ = Pattern.compile("(config|generation_config|tokenizer|tokenizer_config"
            + "|special_tokens_map|added_tokens|adapter_config|model\\.safetensors\\.index)\\.json"
            + "|chat_template\\.jinja|additional_chat_templates/[^/]+\\.jinja");

    private final BlobStore blobs;
    private final List<BlobFile> files;
    private final BaseWeights weights;

    /// @param files   files whose sizes were checked
    /// @param weights headers of the weight files
    BaseDirectory(BlobStore blobs, List<BlobFile> files, BaseWeights weights) {
        this.blobs = blobs;
        this.files = files;
        this.weights = weights;
    }

    /// Reads what the files say about the base: its origin and what its chat template writes.
    ///
    /// @throws ApiException INVALID_FIELD naming the file and field with which no worker could load
    ///     the base
    Base.Builder read() throws IOException {
        try (ScratchDirectory scratch = ScratchDirectory.create("finetide-base-")) {
            Path dir = scratch.path();
            try {
                for (BlobFile file : files) {
                    place(file, dir);
                }
                return read(dir);
            } catch (ModelFormatException e) {
                throw refused(dir, e.getMessage());
            }
        }
    }

    private Base.Builder read(Path dir) throws IOException {
        Map<Path, SafetensorsHeader> headers = new HashMap<>();
        for (Path path : WeightHeaders.paths(dir)) {
            headers.put(path, header(path));
        }
        new WeightHeaders(dir, headers).check(Family.read(dir));
        SpecialTokens.read(dir);
        EndTokens.check(dir);
        ConfigJson config = ConfigJson.read(dir.resolve("config.json"));
        String name = config.raw("_name_or_path").asText("");
        return Base.newBuilder()
                .setOrigin(HUB_NAME.matcher(name).matches() ? name : "")
                .setTemplateDigest(TemplateContract.digest(dir))
                .setChatTemplate(summary(ChatTemplate.load(dir)));
    }

    private static ChatTemplateSummary summary(Optional<ChatTemplate> template) {
        return template.map(WrittenParts::of)
                .map(parts -> ChatTemplateSummary.newBuilder()
                        .setPresent(true)
                        .setWritesSystemTurn(parts.systemTurn())
                        .setWritesTools(parts.tools())
                        .setWritesToolCalls(parts.toolCalls())
                        .setWritesToolResults(parts.toolResults())
                        .setWritesReasoning(parts.reasoning())
                        .build())
                .orElse(ChatTemplateSummary.getDefaultInstance());
    }

    private SafetensorsHeader header(Path path) throws IOException {
        String name = path.getFileName().toString();
        BlobFile file = files.stream()
                .filter(candidate -> candidate.getPath().equals(name))
                .findFirst()
                .orElseThrow(() -> new ModelFormatException(path + ": no such file"));
        return weights.header(file);
    }

    private void place(BlobFile file, Path dir) throws IOException {
        Path target = dir.resolve(file.getPath());
        Files.createDirectories(target.getParent());
        if (!READ.matcher(file.getPath()).matches()) {
            Files.createFile(target);
            return;
        }
        try (InputStream in = open(file)) {
            Files.copy(in, target);
        }
    }

    private InputStream open(BlobFile file) throws IOException {
        return new AwaitedBytes(blobs.open(BlobRef.ofContent(file.getSizeBytes(), file.getSha256())));
    }

    /// Names the file as the user does, without this machine's directory.
    private ApiException refused(Path dir, String message) {
        String said = message.replace(dir + "/", "").replace(dir.toString(), "the base");
        return files.stream()
                .filter(file -> said.startsWith(file.getPath() + ": "))
                .findFirst()
                .map(file -> ApiException.invalidField(
                        "files[" + file.getPath() + "]",
                        said.substring(file.getPath().length() + 2)))
                .orElseGet(() -> ApiException.invalidField("files", said));
    }
}

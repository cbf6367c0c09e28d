package dev.finetide.cli.base;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.blob.v1.BlobFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelDirectoryTest {
    private static final String INDEX = "model.safetensors.index.json";

    @TempDir
    Path dir;

    @BeforeEach
    void writeAModel() throws IOException {
        write("config.json", "{}");
        write("tokenizer.json", "{}");
    }

    @Test
    void besideASingleFileNoOtherWeightsAreTaken() throws IOException {
        write("model.safetensors", "w");
        write("consolidated.safetensors", "w");
        write(INDEX, "{\"weight_map\": {\"a\": \"model-00001-of-00001.safetensors\"}}");

        ModelDirectory read = read();

        assertThat(paths(read)).containsExactly("config.json", "model.safetensors", "tokenizer.json");
        assertThat(read.notTaken()).containsExactly("consolidated.safetensors", INDEX);
    }

    @Test
    void ofSeveralFilesThoseAreTakenThatTheIndexNames() throws IOException {
        write("model-00001-of-00002.safetensors", "w");
        write("model-00002-of-00002.safetensors", "w");
        write("model-00003-of-00003.safetensors", "w");
        write("adapter_model.safetensors", "w");
        write(INDEX, """
                {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
                """);

        ModelDirectory read = read();

        assertThat(paths(read))
                .contains(INDEX, "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
                .hasSize(5);
        assertThat(read.notTaken()).containsExactly("adapter_model.safetensors", "model-00003-of-00003.safetensors");
    }

    @Test
    void anIndexThatIsNoIndexIsLeftToTheRegistry() throws IOException {
        write("model-00001-of-00002.safetensors", "w");
        for (String index : List.of("{", "[]", "{}", "{\"weight_map\": 7}", "{\"weight_map\": {\"a\": null}}")) {
            write(INDEX, index);

            assertThat(paths(read())).as(index).contains(INDEX, "model-00001-of-00002.safetensors");
        }
    }

    @Test
    void theTemplatesOfTheFolderAreTaken() throws IOException {
        write("model.safetensors", "w");
        write("additional_chat_templates/tool_use.jinja", "t");
        write("additional_chat_templates/notes.txt", "n");
        write("original/params.json", "{}");

        ModelDirectory read = read();

        assertThat(paths(read))
                .contains("additional_chat_templates/tool_use.jinja")
                .hasSize(4);
        assertThat(read.notTaken()).containsExactly("additional_chat_templates/notes.txt", "original/");
    }

    private ModelDirectory read() throws IOException {
        return ModelDirectory.read(dir, new PrintWriter(Writer.nullWriter()));
    }

    private static List<String> paths(ModelDirectory read) {
        return read.files().stream().map(BlobFile::getPath).toList();
    }

    private void write(String file, String text) throws IOException {
        Path path = dir.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}

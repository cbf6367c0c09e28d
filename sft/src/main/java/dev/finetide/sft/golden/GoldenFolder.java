package dev.finetide.sft.golden;

import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorInfo;
import dev.finetide.modelfiles.config.ConfigJson;
import dev.finetide.sft.safetensors.SafetensorsFile;
import dev.finetide.sft.text.TokenizedRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A folder of arrays that transformers and PEFT computed for one tiny model, in the layout that
/// `sft/src/test/python/make_goldens.py` describes.
public final class GoldenFolder implements AutoCloseable {
    private static final String FACTS = "facts.json";

    private final Path dir;
    private final ConfigJson facts;
    private final Map<String, SafetensorsFile> files = new HashMap<>();
    private final long[] ids;
    private final long[] mask;
    private final long[] labels;
    private final int width;

    public GoldenFolder(Path dir) {
        this.dir = dir;
        this.facts = ConfigJson.read(dir.resolve(FACTS));
        TensorInfo shape = file("forward").tensor("input_ids");
        this.ids = longs("forward", "input_ids");
        this.mask = longs("forward", "attention_mask");
        this.labels = longs("forward", "labels");
        if (shape.dimensions().length != 2 || mask.length != ids.length || labels.length != ids.length) {
            throw new ModelFormatException(dir.resolve("forward.safetensors")
                    + ": input_ids, attention_mask and labels have other shapes than [rows, tokens]");
        }
        this.width = Math.toIntExact(shape.dimensions()[1]);
    }

    /// Finds the folders below a directory that hold golden numbers, or the directory itself.
    ///
    /// @throws ModelFormatException when there are none
    public static List<Path> in(Path dir) {
        if (Files.isRegularFile(dir.resolve(FACTS))) {
            return List.of(dir);
        }
        try (Stream<Path> list = Files.isDirectory(dir) ? Files.list(dir) : Stream.empty()) {
            List<Path> folders = list.filter(folder -> Files.isRegularFile(folder.resolve(FACTS)))
                    .sorted()
                    .toList();
            if (folders.isEmpty()) {
                throw new ModelFormatException(dir + ": neither it nor a folder in it has a " + FACTS);
            }
            return folders;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path dir() {
        return dir;
    }

    public ConfigJson facts() {
        return facts;
    }

    public boolean has(String file) {
        return Files.exists(dir.resolve(file + ".safetensors"));
    }

    public SafetensorsFile file(String name) {
        return files.computeIfAbsent(name, missing -> new SafetensorsFile(dir.resolve(missing + ".safetensors")));
    }

    /// Returns the largest error that rounding explains: a multiple of the difference between two ways to compute
    /// the same numbers.
    public double tolerance(String file) {
        JsonNode noise = facts.object("noise").raw(file);
        if (!noise.isNumber()) {
            throw facts.object("noise").wrong(file, "a number");
        }
        return (file.equals("bf16") ? 3 : 10) * noise.asDouble();
    }

    /// Returns the rows without padding.
    public List<TokenizedRow> rows() {
        List<TokenizedRow> rows = new ArrayList<>();
        for (int first = 0; first < ids.length; first += width) {
            int length = (int) Arrays.stream(mask, first, first + width).sum();
            int[] row = new int[length];
            boolean[] supervised = new boolean[length];
            for (int t = 0; t < length; t++) {
                row[t] = Math.toIntExact(ids[first + t]);
                supervised[t] = labels[first + t] != -100;
            }
            rows.add(new TokenizedRow(row, supervised));
        }
        return rows;
    }

    /// Returns the rows without supervised tokens, so that all tokens are read.
    public List<TokenizedRow> unsupervisedRows() {
        return rows().stream().map(row -> TokenizedRow.unsupervised(row.ids())).toList();
    }

    /// Returns the prompt that greedy decoding continues: the first half of row 0.
    public int[] prompt() {
        return Arrays.stream(ids, 0, width / 2).mapToInt(Math::toIntExact).toArray();
    }

    /// Returns the golden continuation of the prompt.
    public int[] continuation(String name) {
        return Arrays.stream(longs("forward", name))
                .skip(width / 2)
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    /// Returns `eos_token_id`, which is a number or a list.
    public List<Integer> endTokens() {
        ConfigJson config = ConfigJson.read(dir.resolve("config.json"));
        List<Integer> ends = new ArrayList<>();
        JsonNode field = config.raw("eos_token_id");
        if (config.has("eos_token_id")) {
            (field.isArray() ? field : List.of(field)).forEach(end -> ends.add(end.asInt()));
        }
        return ends;
    }

    private long[] longs(String file, String name) {
        long[] values = new long[Math.toIntExact(file(file).tensor(name).elements())];
        file(file)
                .bytes(name)
                .asByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer()
                .get(values);
        return values;
    }

    /// Computes the norm of the difference over the golden norm. Logits at padding are left out, because the golden
    /// ones are arbitrary there.
    public double distance(String file, String name, double[] actual) {
        double[] expected = name.endsWith("logits") ? ofTokens(numbers(file, name)) : numbers(file, name);
        if (expected.length != actual.length) {
            return Double.POSITIVE_INFINITY;
        }
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(expected[i] - actual[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error) / Math.max(1e-30, Math.sqrt(norm));
    }

    private double[] ofTokens(double[] logits) {
        int vocab = logits.length / mask.length;
        return IntStream.range(0, logits.length)
                .filter(i -> mask[i / vocab] != 0)
                .mapToDouble(i -> logits[i])
                .toArray();
    }

    private double[] numbers(String file, String name) {
        double[] values = new double[Math.toIntExact(file(file).tensor(name).elements())];
        switch (file(file).tensor(name).type()) {
            case F64 ->
                file(file)
                        .bytes(name)
                        .asByteBuffer()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asDoubleBuffer()
                        .get(values);
            default -> {
                float[] floats = file(file).floats(name);
                Arrays.setAll(values, i -> floats[i]);
            }
        }
        return values;
    }

    @Override
    public void close() {
        files.values().forEach(SafetensorsFile::close);
    }
}

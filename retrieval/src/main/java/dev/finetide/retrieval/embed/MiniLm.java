package dev.finetide.retrieval.embed;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// all-MiniLM-L6-v2 as sentence-transformers computes it: the mean of the last layer's vectors over all tokens,
/// scaled to length 1. The model takes 256 tokens. sentence-transformers forgets what comes after; here
/// a longer text is cut into windows of 254 tokens, and its vector is the mean of theirs, weighted by their
/// tokens, so that the end of a passage counts, too. The first 100,000 characters of a text are read.
public final class MiniLm implements Embedder {
    private static final int DIMENSIONS = 384;

    /// Tokens of a window without [CLS] and [SEP].
    private static final int WINDOW = 254;

    private static final int MOST_CHARACTERS = 100_000;

    /// Most tokens of a batch, padding included: 4 windows of full length. A batch of 16 takes a third more
    /// time, because its numbers do not stay in the cache.
    private static final int BATCH_TOKENS = 1024;

    private static final long CLS = 101;
    private static final long SEP = 102;
    private static final String WEIGHTS = "/all-minilm-l6-v2.onnx";
    private static final String TOKENIZER = "/all-minilm-l6-v2-tokenizer.json";

    static {
        // DJL must not download anything: the native library is an artifact of the build.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
    }

    private final HuggingFaceTokenizer tokenizer;
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    /// Loads the model, 90 MB, from its Maven artifact.
    ///
    /// @param threads threads that compute one batch
    public MiniLm(int threads) {
        try (InputStream in = resource(TOKENIZER)) {
            tokenizer = HuggingFaceTokenizer.newInstance(
                    in, Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
            session = load(threads);
        } catch (IOException e) {
            throw new UncheckedIOException("all-MiniLM-L6-v2 cannot be loaded", e);
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /// Opens the weights by a temporary file: the runtime maps a file, but would need an array in Java's heap.
    private OrtSession load(int threads) throws IOException, OrtException {
        Path file = Files.createTempFile("minilm", ".onnx");
        try (InputStream in = resource(WEIGHTS);
                OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            // Threads that wait in a loop take the processor from others, and gain nothing here.
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            return environment.createSession(file.toString(), options);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static InputStream resource(String name) throws IOException {
        InputStream in = MiniLm.class.getResourceAsStream(name);
        if (in == null) {
            throw new IOException("the artifact of all-MiniLM-L6-v2 is not on the class path");
        }
        return in;
    }

    /// A part of a text that the model takes at once.
    private record Window(int text, long[] ids) {}

    @Override
    public float[][] embed(List<String> texts) {
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            cut(i, texts.get(i), windows);
        }
        // Windows of like length share a batch, so little of it is padding.
        windows.sort(
                Comparator.comparingInt((Window window) -> window.ids.length).reversed());
        float[][] vectors = new float[texts.size()][DIMENSIONS];
        for (int from = 0; from < windows.size(); ) {
            int count = Math.max(1, BATCH_TOKENS / windows.get(from).ids.length);
            int to = Math.min(windows.size(), from + count);
            addBatch(windows.subList(from, to), vectors);
            from = to;
        }
        for (float[] vector : vectors) {
            normalize(vector);
        }
        return vectors;
    }

    private void cut(int number, String text, List<Window> windows) {
        String read = text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) : text;
        long[] ids = tokenizer.encode(read, false, false).getIds();
        int from = 0;
        do {
            int to = Math.min(ids.length, from + WINDOW);
            long[] window = new long[to - from + 2];
            window[0] = CLS;
            System.arraycopy(ids, from, window, 1, to - from);
            window[window.length - 1] = SEP;
            windows.add(new Window(number, window));
            from = to;
        } while (from < ids.length);
    }

    /// Computes a batch and adds each window's vector, of length 1 and times its tokens, to its text's.
    private void addBatch(List<Window> windows, float[][] vectors) {
        int longest = windows.getFirst().ids.length;
        long[] shape = {windows.size(), longest};
        LongBuffer ids = LongBuffer.allocate(windows.size() * longest);
        LongBuffer mask = LongBuffer.allocate(windows.size() * longest);
        for (int w = 0; w < windows.size(); w++) {
            long[] window = windows.get(w).ids;
            ids.put(w * longest, window);
            for (int t = 0; t < window.length; t++) {
                mask.put(w * longest + t, 1);
            }
        }
        try (OnnxTensor idTensor = OnnxTensor.createTensor(environment, ids, shape);
                OnnxTensor maskTensor = OnnxTensor.createTensor(environment, mask, shape);
                OnnxTensor types = OnnxTensor.createTensor(environment, LongBuffer.allocate(ids.capacity()), shape);
                OrtSession.Result result = session.run(
                        Map.of("input_ids", idTensor, "attention_mask", maskTensor, "token_type_ids", types))) {
            FloatBuffer hidden_WTD = ((OnnxTensor) result.get(0)).getFloatBuffer();
            for (int w = 0; w < windows.size(); w++) {
                Window window = windows.get(w);
                float[] mean = mean(hidden_WTD, w * longest, window.ids.length);
                for (int d = 0; d < DIMENSIONS; d++) {
                    vectors[window.text][d] += mean[d] * window.ids.length;
                }
            }
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    private static float[] mean(FloatBuffer hidden_WTD, int first, int tokens) {
        float[] row = new float[DIMENSIONS];
        float[] sum = new float[DIMENSIONS];
        for (int t = 0; t < tokens; t++) {
            hidden_WTD.get((first + t) * DIMENSIONS, row);
            for (int d = 0; d < DIMENSIONS; d++) {
                sum[d] += row[d];
            }
        }
        normalize(sum);
        return sum;
    }

    private static void normalize(float[] vector) {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        double length = Math.max(Math.sqrt(squares), 1e-12);
        for (int d = 0; d < vector.length; d++) {
            vector[d] = (float) (vector[d] / length);
        }
    }

    private static IllegalStateException failed(OrtException e) {
        return new IllegalStateException("ONNX Runtime cannot compute all-MiniLM-L6-v2: " + e.getMessage(), e);
    }

    @Override
    public int dimensions() {
        return DIMENSIONS;
    }

    @Override
    public String identity() {
        return "all-MiniLM-L6-v2 float32, mean of windows of " + WINDOW;
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw failed(e);
        } finally {
            tokenizer.close();
        }
    }
}

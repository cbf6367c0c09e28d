package dev.finetide.sft.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.tokenizer.EndTokens;
import dev.finetide.modelfiles.tokenizer.TokenizerJson;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The tokenizer of a Hugging Face model directory. The Hugging Face tokenizers library runs
/// `tokenizer.json`. The tokens that only `tokenizer_config.json` names are added to it, as
/// transformers does. The ids that begin and end a text come from `generation_config.json`,
/// `config.json` and `tokenizer_config.json`, in this order.
///
/// A tokenizer never pads and never truncates, even if `tokenizer.json` asks for it. Safe for use
/// by several threads.
public final class Tokenizer implements AutoCloseable {
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "true", "truncation", "false", "padding", "false");

    /// The library's own functions. HuggingFaceTokenizer would copy eight more arrays of every
    /// encoding into Java.
    private static final TokenizersLibrary LIB;

    static {
        // DJL must not download anything: the native library is an artifact of the build.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        LIB = TokenizersLibrary.LIB;
    }

    private final HuggingFaceTokenizer hf;
    private final Map<String, Integer> addedTokens;
    private final Set<Integer> addedIds;
    private final OptionalInt bosId;
    private final Set<Integer> eosIds;

    private Tokenizer(
            HuggingFaceTokenizer hf, Map<String, Integer> addedTokens, OptionalInt bosId, Set<Integer> eosIds) {
        this.hf = hf;
        this.addedTokens = addedTokens;
        this.addedIds = Set.copyOf(addedTokens.values());
        this.bosId = bosId;
        this.eosIds = eosIds;
    }

    /// The token ids of a text with each token's place: `begin[t]` to `end[t]` are UTF-16 offsets
    /// into the text, as `String.substring` takes them. Both are -1 for a token that the tokenizer
    /// itself added.
    public record Encoded(int[] ids, int[] begin, int[] end) {}

    /// Loads the tokenizer of a model directory.
    ///
    /// @throws ModelFormatException when `tokenizer.json` is missing, too large or not a tokenizer,
    ///     or when `bos_token` or `eos_token` of a file names no known token
    public static Tokenizer load(Path dir) {
        Path file = dir.resolve("tokenizer.json");
        TokenizerJson json = TokenizerJson.read(dir);
        EndTokens ends = EndTokens.read(dir, json.addedTokens());
        try (InputStream in = json.changed() ? new ByteArrayInputStream(json.toBytes()) : Files.newInputStream(file)) {
            return new Tokenizer(
                    HuggingFaceTokenizer.newInstance(in, OPTIONS), json.addedTokens(), ends.bosId(), ends.eosIds());
        } catch (IOException | RuntimeException e) {
            throw new ModelFormatException(file + ": the tokenizers library cannot read it: " + e.getMessage(), e);
        }
    }

    /// Encodes a text into token ids.
    ///
    /// @param addSpecialTokens whether the post-processor of `tokenizer.json` may add its own
    ///     tokens, mostly a BOS; a text that a chat template rendered already has them
    public int[] encode(String text, boolean addSpecialTokens) {
        long encoding = LIB.encode(hf.getHandle(), text, addSpecialTokens);
        try {
            return toInts(LIB.getTokenIds(encoding));
        } finally {
            LIB.deleteEncoding(encoding);
        }
    }

    /// Encodes a text as [#encode] does, and returns the place of each token in the text, too.
    public Encoded encodeWithOffsets(String text, boolean addSpecialTokens) {
        int[] ids;
        CharSpan[] spans;
        long encoding = LIB.encode(hf.getHandle(), text, addSpecialTokens);
        try {
            ids = toInts(LIB.getTokenIds(encoding));
            spans = LIB.getTokenCharSpans(encoding);
        } finally {
            LIB.deleteEncoding(encoding);
        }
        int[] utf16 = codePointStarts(text);
        int[] begin = new int[ids.length];
        int[] end = new int[ids.length];
        for (int t = 0; t < ids.length; t++) {
            CharSpan span = spans[t];
            begin[t] = span == null ? -1 : utf16[span.getStart()];
            end[t] = span == null ? -1 : utf16[span.getEnd()];
        }
        return new Encoded(ids, begin, end);
    }

    /// Decodes token ids into a text.
    ///
    /// @param skipSpecial whether to leave out special tokens such as BOS and EOS
    public String decode(int[] ids, boolean skipSpecial) {
        return hf.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /// Finds the id of a token in `added_tokens`, such as a special token, by its exact content.
    public OptionalInt addedTokenId(String content) {
        Integer id = addedTokens.get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /// Whether a token is one of `added_tokens`, such as a special token.
    public boolean isAdded(int id) {
        return addedIds.contains(id);
    }

    /// Returns the token that a text begins with, if the model has one.
    public OptionalInt bosId() {
        return bosId;
    }

    /// Returns the tokens that end a text, the main one first; empty when the model names none.
    public Set<Integer> eosIds() {
        return eosIds;
    }

    @Override
    public void close() {
        hf.close();
    }

    /// Maps Unicode code points, which the tokenizers library counts, to UTF-16 units, which Java
    /// counts: entry i is the place where code point i starts.
    private static int[] codePointStarts(String text) {
        int[] starts = new int[text.codePointCount(0, text.length()) + 1];
        for (int i = 0, at = 0; i < starts.length; i++) {
            starts[i] = at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return starts;
    }

    private static int[] toInts(long[] ids) {
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }
}

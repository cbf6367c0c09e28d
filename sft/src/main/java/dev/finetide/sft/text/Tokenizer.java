package dev.finetide.sft.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.sft.ModelFormatException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The tokenizer of a Hugging Face model directory: `tokenizer.json` runs in the Hugging Face
/// tokenizers library, the ids that begin and end a text come from `generation_config.json`,
/// `config.json` and `tokenizer_config.json`, in this order.
///
/// Never pads and never truncates, whatever `tokenizer.json` asks for. Safe for use by several
/// threads.
public final class Tokenizer implements AutoCloseable {
    /// Larger than any published tokenizer.json (the largest have about 35 MB), small enough to
    /// hold in memory.
    private static final long MAX_FILE_BYTES = 64L << 20;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "true", "truncation", "false", "padding", "false");

    private final HuggingFaceTokenizer hf;
    private final Map<String, Integer> addedTokens;
    private final OptionalInt bosId;
    private final Set<Integer> eosIds;

    private Tokenizer(
            HuggingFaceTokenizer hf, Map<String, Integer> addedTokens, OptionalInt bosId, Set<Integer> eosIds) {
        this.hf = hf;
        this.addedTokens = addedTokens;
        this.bosId = bosId;
        this.eosIds = eosIds;
    }

    /// Where each token came from: `begin[t]` to `end[t]` are UTF-16 offsets into the text (as
    /// `String.substring` takes them), both -1 for a token that the tokenizer added itself.
    public record Encoded(int[] ids, int[] begin, int[] end) {}

    /// @throws ModelFormatException when `tokenizer.json` is missing, too large or not a tokenizer
    public static Tokenizer load(Path dir) {
        Path file = dir.resolve("tokenizer.json");
        byte[] bytes = read(file);
        JsonNode json = parse(file, bytes);
        Map<String, Integer> added = new HashMap<>();
        for (JsonNode token : json.path("added_tokens")) {
            added.put(token.path("content").asText(), token.path("id").asInt(-1));
        }
        HuggingFaceTokenizer hf;
        try {
            hf = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(bytes), OPTIONS);
        } catch (IOException | RuntimeException e) {
            throw new ModelFormatException(file + ": the tokenizers library cannot read it: " + e.getMessage(), e);
        }
        JsonNode generation = parseIfPresent(dir.resolve("generation_config.json"));
        JsonNode model = parseIfPresent(dir.resolve("config.json"));
        JsonNode config = parseIfPresent(dir.resolve("tokenizer_config.json"));
        Set<Integer> bos = tokenIds(added, "bos_token", generation, model, config);
        return new Tokenizer(
                hf,
                Map.copyOf(added),
                bos.isEmpty()
                        ? OptionalInt.empty()
                        : OptionalInt.of(bos.iterator().next()),
                tokenIds(added, "eos_token", generation, model, config));
    }

    /// Token ids of a text.
    ///
    /// @param addSpecialTokens whether the post-processor of `tokenizer.json` may put its own
    ///     tokens around, mostly a BOS; text that a chat template rendered already holds them, so
    ///     it is encoded without
    public int[] encode(String text, boolean addSpecialTokens) {
        return toInts(hf.encode(text, addSpecialTokens, false).getIds());
    }

    /// As [#encode], with the place of each token in the text.
    public Encoded encodeWithOffsets(String text, boolean addSpecialTokens) {
        Encoding encoding = hf.encode(text, addSpecialTokens, false);
        int[] ids = toInts(encoding.getIds());
        CharSpan[] spans = encoding.getCharTokenSpans();
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

    /// The text of token ids.
    ///
    /// @param skipSpecial leave out special tokens such as BOS and EOS
    public String decode(int[] ids, boolean skipSpecial) {
        return hf.decode(Arrays.stream(ids).asLongStream().toArray(), skipSpecial);
    }

    /// The id of a token of `added_tokens` (special tokens and the like) by its exact content.
    public OptionalInt addedTokenId(String content) {
        Integer id = addedTokens.get(content);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /// The token a text begins with, where the model has one.
    public OptionalInt bosId() {
        return bosId;
    }

    /// The tokens that end a text, the main one first; empty when the model names none.
    public Set<Integer> eosIds() {
        return eosIds;
    }

    @Override
    public void close() {
        hf.close();
    }

    /// The tokenizers library counts Unicode code points, Java counts UTF-16 units: entry i is
    /// where code point i starts.
    private static int[] codePointStarts(String text) {
        int[] starts = new int[text.codePointCount(0, text.length()) + 1];
        for (int i = 0, at = 0; i < starts.length; i++) {
            starts[i] = at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return starts;
    }

    /// `<name>_id` as a number or list from the first of the configs that has it, else `<name>` as
    /// a token of tokenizer_config.
    private static Set<Integer> tokenIds(
            Map<String, Integer> added, String name, JsonNode generation, JsonNode model, JsonNode config) {
        Set<Integer> ids = new LinkedHashSet<>();
        for (JsonNode source : new JsonNode[] {generation, model}) {
            JsonNode value = source.path(name + "_id");
            if (value.isInt()) {
                ids.add(value.asInt());
            }
            value.forEach(id -> ids.add(id.asInt()));
            if (!ids.isEmpty()) {
                return Collections.unmodifiableSet(ids);
            }
        }
        JsonNode token = config.path(name);
        Integer id = added.get(token.isObject() ? token.path("content").asText() : token.asText());
        return id == null ? Set.of() : Set.of(id);
    }

    private static JsonNode parseIfPresent(Path file) {
        return Files.exists(file) ? parse(file, read(file)) : JSON.createObjectNode();
    }

    private static JsonNode parse(Path file, byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            if (!json.isObject()) {
                throw new ModelFormatException(file + ": expected a JSON object, found " + json.getNodeType());
            }
            return json;
        } catch (JacksonException e) {
            throw new ModelFormatException(file + ": not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static byte[] read(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new ModelFormatException(file + ": no such file");
            }
            long size = Files.size(file);
            if (size > MAX_FILE_BYTES) {
                throw new ModelFormatException(
                        file + ": " + size + " bytes, at most " + MAX_FILE_BYTES + " are accepted");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new ModelFormatException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static int[] toInts(long[] ids) {
        return Arrays.stream(ids).mapToInt(Math::toIntExact).toArray();
    }
}

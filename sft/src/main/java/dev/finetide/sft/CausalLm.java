package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.sft.decoder.ComputeThreads;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.file.AtomicFile;
import dev.finetide.sft.json.ConfigJson;
import dev.finetide.sft.model.Family;
import dev.finetide.sft.model.ModelConfig;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.model.WeightFiles;
import dev.finetide.sft.model.WeightLayout;
import dev.finetide.sft.text.ChatTemplate;
import dev.finetide.sft.text.Tokenizer;
import dev.finetide.sft.torch.GemmPeak;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.Digests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One causal language model in memory, loaded from a Hugging Face directory: the base that is
/// trained, scored and generated with, alone or with an adapter switched on.
///
/// One thread at a time may use a model; it computes with the threads of its [EngineOptions].
public final class CausalLm implements AutoCloseable {
    /// What a full fine-tuned directory takes over from its base.
    private static final Set<String> COPIED = Set.of(
            "config.json",
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "merges.txt",
            "chat_template.jinja");

    private static final double INITIAL_DEVIATION = 0.02;

    private final Path dir;
    private final EngineOptions options;
    private final Precision precision;
    private final ModelConfig config;
    private final Optional<Tokenizer> tokenizer;
    private final PtNDManager manager;
    private final Parameters weights;
    private final Weights source;
    private final DecoderProgram program;
    private final ComputeThreads threads;
    private Optional<Parameters> master = Optional.empty();
    private Optional<Adapter> active = Optional.empty();

    private CausalLm(
            Path dir,
            EngineOptions options,
            ModelConfig config,
            Optional<Tokenizer> tokenizer,
            PtNDManager manager,
            Weights source) {
        this.dir = dir;
        this.options = options;
        this.precision = options.precisionFor(config);
        this.config = config;
        this.tokenizer = tokenizer;
        this.manager = manager;
        this.source = source;
        budget().requireRoom(
                        "%,d weights in %s".formatted(parameterCount(), config.nf4() ? "NF4" : precision.name()),
                        manager.getDevice().isGpu() ? 0 : WeightLayout.bytes(config, precision));
        this.weights = source.make(manager, config, precision);
        this.program = DecoderProgram.forUse(manager, config, Optional.empty(), precision);
        this.threads = new ComputeThreads(config, options.threads());
    }

    /// Loads a model: `config.json`, `model.safetensors` or its shards, `tokenizer.json`.
    ///
    /// @throws ModelFormatException naming the file and the field or tensor when something is
    ///     missing, malformed or not supported
    public static CausalLm load(Path dir, EngineOptions options) {
        return create(dir, options, (manager, config, precision) -> {
            try (WeightFiles files = WeightFiles.open(dir)) {
                files.refuseUnknown(WeightLayout.base(config).keySet());
                return Parameters.loadBase(manager, config, precision, files::fileOf);
            }
        });
    }

    /// A model that has learnt nothing: weights normal with deviation 0.02, norms neutral. The same seed
    /// gives the same weights.
    ///
    /// @param dir holds `config.json` and the tokenizer's files, no weights
    public static CausalLm random(Path dir, long seed, EngineOptions options) {
        return create(dir, options, (manager, config, precision) -> {
            double norms = config.variant().normOffset() ? 0 : 1;
            return Parameters.randomBase(manager, config, precision, INITIAL_DEVIATION, norms, seed);
        });
    }

    private interface Weights {
        Parameters make(PtNDManager manager, ModelConfig config, Precision precision);
    }

    private static CausalLm create(Path dir, EngineOptions options, Weights weights) {
        ModelConfig read = Family.read(dir);
        ModelConfig config = options.quantization() == EngineOptions.Quantization.NF4 ? read.withNf4() : read;
        Optional<Tokenizer> tokenizer =
                Files.exists(dir.resolve("tokenizer.json")) ? Optional.of(Tokenizer.load(dir)) : Optional.empty();
        PtNDManager manager = TorchRuntime.newManager(TorchRuntime.device(options.device()));
        try {
            return new CausalLm(dir, options, config, tokenizer, manager, weights);
        } catch (RuntimeException e) {
            manager.close();
            tokenizer.ifPresent(Tokenizer::close);
            throw e;
        }
    }

    public ModelConfig config() {
        return config;
    }

    /// What scores, writes and learns with this model.
    public ComputeThreads threads() {
        return threads;
    }

    /// @throws ModelFormatException when the directory has no `tokenizer.json`: then the model
    ///     computes on ids only
    public Tokenizer tokenizer() {
        return tokenizer.orElseThrow(() -> new ModelFormatException(dir.resolve("tokenizer.json") + ": no such file"));
    }

    /// How many numbers the model consists of; a tied head counts once.
    public long parameterCount() {
        return WeightLayout.elements(config);
    }

    /// The model's chat template, when its directory has one.
    ///
    /// @throws ModelFormatException when it cannot be read
    public Optional<ChatTemplate> chatTemplate() {
        return ChatTemplate.load(dir);
    }

    /// SHA-256 over the chat template and the special tokens, as hexadecimal: what turns rows into
    /// text. A checkpoint is bound to it, an adapter remembers it.
    public String templateDigest() {
        String template = chatTemplate().map(ChatTemplate::identity).orElse("no chat template");
        String tokens = tokenizer
                .map(known -> "bos " + known.bosId() + ", eos " + known.eosIds())
                .orElse("no tokenizer");
        return Digests.ofText(template + "\n" + tokens);
    }

    /// Loads a PEFT LoRA adapter and switches it on.
    ///
    /// @throws ModelFormatException when the adapter is malformed, of another kind, or does not fit
    ///     this base
    public Adapter attach(Path adapterDir) {
        return Adapter.load(this, adapterDir);
    }

    /// SHA-256 over the weights and `config.json` of a directory, as hexadecimal: what a run or an
    /// adapter is bound to.
    public static String baseDigest(Path dir) {
        List<Path> files = new ArrayList<>(WeightFiles.paths(dir));
        files.addFirst(dir.resolve("config.json"));
        StringBuilder lines = new StringBuilder();
        try {
            for (Path file : files) {
                lines.append(Digests.ofFile(file) + "  " + file.getFileName() + "\n");
            }
            return Digests.ofText(lines.toString());
        } catch (IOException e) {
            throw new ModelFormatException(dir + ": cannot be read: " + e, e);
        }
    }

    /// Writes the model as a Hugging Face directory: the files of its own directory except the
    /// weights, then `model.safetensors`.
    ///
    /// @param type F32 or BF16
    public void save(Path out, TensorType type) {
        try {
            Files.createDirectories(out);
            for (String name : COPIED) {
                Path source = dir.resolve(name);
                if (Files.exists(source) && !Files.exists(out.resolve(name))) {
                    byte[] content = name.equals("config.json") ? configWith(type) : Files.readAllBytes(source);
                    AtomicFile.write(out.resolve(name), temp -> Files.write(temp, content));
                }
            }
            master().write(out.resolve("model.safetensors"), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `config.json` with the type that the weights are written in, under the name it already uses.
    private byte[] configWith(TensorType type) {
        ConfigJson json = ConfigJson.read(dir.resolve("config.json"));
        JsonNode changed = json.copy()
                .put(
                        json.has("torch_dtype") ? "torch_dtype" : "dtype",
                        type == TensorType.BF16 ? "bfloat16" : "float32");
        return (changed.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /// Where this model computes, such as `cpu (2 threads)` or `cuda:0`.
    public String device() {
        return manager.getDevice().isGpu()
                ? "cuda:" + manager.getDevice().getDeviceId()
                : "cpu (" + options.threads() + " threads)";
    }

    /// The rate of a plain matrix product on this model's device, in its precision, in floating point operations a
    /// second.
    public double measureGemmPeak() {
        return GemmPeak.measure(manager.getDevice(), options.threads(), precision);
    }

    MemoryBudget budget() {
        return new MemoryBudget(options.memoryBudget());
    }

    /// What this model computes in.
    public Precision precision() {
        return precision;
    }

    EngineOptions options() {
        return options;
    }

    Path dir() {
        return dir;
    }

    public PtNDManager manager() {
        return manager;
    }

    /// The weights that are computed with, in the model's precision.
    Parameters weights() {
        return weights;
    }

    /// The weights in fp32: what full fine-tuning trains, and what is saved. A model that computes in bf16 has only
    /// rounded ones and gets these from where it came.
    Parameters master() {
        requireUnquantized("weights in full precision");
        if (precision == Precision.FP32) {
            return weights;
        }
        if (master.isEmpty()) {
            master = Optional.of(source.make(manager, config, Precision.FP32));
        }
        return master.get();
    }

    /// @throws IllegalArgumentException when the base is held in 4 bits, and so frozen
    void requireUnquantized(String purpose) {
        Setting.require(!config.nf4(), "quantization", "NONE for " + purpose, options.quantization());
    }

    /// Takes what the master weights have become into the weights that are computed with.
    void roundMaster() {
        master.ifPresent(learnt -> {
            try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
                weights.round(scope, learnt);
            }
        });
    }

    Optional<Adapter> active() {
        return active;
    }

    void activate(Optional<Adapter> adapter) {
        active = adapter;
    }

    /// The program for what is switched on now.
    public DecoderProgram program() {
        return active.map(Adapter::program).orElse(program);
    }

    /// The parameters for what is switched on now: base weights, then the adapter's.
    public List<NDArray> parameters() {
        List<NDArray> arrays = weights.arrays();
        active.ifPresent(adapter -> arrays.addAll(adapter.weights().arrays()));
        return arrays;
    }

    @Override
    public void close() {
        threads.close();
        program.close();
        manager.close();
        tokenizer.ifPresent(Tokenizer::close);
    }
}

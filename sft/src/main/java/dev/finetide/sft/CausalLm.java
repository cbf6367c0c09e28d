package dev.finetide.sft;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.modelfiles.TensorType;
import dev.finetide.modelfiles.config.Family;
import dev.finetide.modelfiles.config.ModelConfig;
import dev.finetide.modelfiles.config.WeightHeaders;
import dev.finetide.modelfiles.config.WeightLayout;
import dev.finetide.modelfiles.template.ChatTemplate;
import dev.finetide.modelfiles.template.TemplateContract;
import dev.finetide.sft.decoder.ComputeThreads;
import dev.finetide.sft.decoder.DecoderProgram;
import dev.finetide.sft.decoder.GenerationStep;
import dev.finetide.sft.decoder.KeyValueCache;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.model.WeightFiles;
import dev.finetide.sft.model.WeightMemory;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.RowRefused;
import dev.finetide.sft.text.Tokenizer;
import dev.finetide.sft.text.TrainedRendering;
import dev.finetide.sft.torch.GemmPeak;
import dev.finetide.sft.torch.Precision;
import dev.finetide.sft.torch.TorchRuntime;
import dev.finetide.sft.train.Digests;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;

/// A causal language model in memory, loaded from a Hugging Face directory. The model is trained,
/// scores and generates, alone or with an adapter switched on.
///
/// One thread at a time may use a model. The model computes with the threads of its [EngineOptions].
public final class CausalLm implements AutoCloseable {
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
    private TrainedRendering rendering = TrainedRendering.USUAL;

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
                        manager.getDevice().isGpu() ? 0 : WeightMemory.bytes(config, precision));
        this.weights = source.make(manager, config, precision);
        this.program = DecoderProgram.forUse(manager, config, Optional.empty(), precision);
        this.threads = new ComputeThreads(config, options.threads());
    }

    /// Loads a model from `config.json`, `model.safetensors` or its shards, and `tokenizer.json`.
    ///
    /// @throws ModelFormatException naming the file and the field or tensor when something is
    ///     missing, malformed or not supported
    public static CausalLm load(Path dir, EngineOptions options) {
        ModelConfig read;
        TrainedRendering rendering;
        try (WeightFiles files = WeightFiles.open(dir)) {
            read = files.check(Family.read(dir));
            rendering = TrainedRendering.of(files.metadata());
        }
        CausalLm loaded = create(dir, read, options, (manager, config, precision) -> {
            try (WeightFiles files = WeightFiles.open(dir)) {
                return Parameters.loadBase(manager, config, precision, files::fileOf);
            }
        });
        loaded.renderAs(rendering);
        return loaded;
    }

    /// Makes an untrained model: normally distributed weights with standard deviation 0.02, and
    /// neutral norms. The same seed gives the same weights.
    ///
    /// @param dir directory with `config.json` and the tokenizer's files, without weights
    public static CausalLm random(Path dir, long seed, EngineOptions options) {
        return create(dir, Family.read(dir), options, (manager, config, precision) -> {
            double norms = config.variant().normOffset() ? 0 : 1;
            return Parameters.randomBase(manager, config, precision, INITIAL_DEVIATION, norms, seed);
        });
    }

    private interface Weights {
        Parameters make(PtNDManager manager, ModelConfig config, Precision precision);
    }

    private static CausalLm create(Path dir, ModelConfig read, EngineOptions options, Weights weights) {
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

    /// Returns the threads that score, write and learn with this model.
    public ComputeThreads threads() {
        return threads;
    }

    /// Returns the model's tokenizer.
    ///
    /// @throws ModelFormatException when the directory has no `tokenizer.json`; such a model
    ///     computes on ids only
    public Tokenizer tokenizer() {
        return tokenizer.orElseThrow(() -> new ModelFormatException(dir.resolve("tokenizer.json") + ": no such file"));
    }

    /// Counts the model's parameters. A tied head counts once.
    public long parameterCount() {
        return WeightLayout.elements(config);
    }

    /// Loads the model's chat template, if the directory has one.
    ///
    /// @throws ModelFormatException when it cannot be read
    public Optional<ChatTemplate> chatTemplate() {
        return ChatTemplate.load(dir);
    }

    /// Returns how rows and questions become text. A fully fine-tuned or merged model has it from
    /// its weight file.
    public TrainedRendering rendering() {
        return rendering;
    }

    /// Sets how rows and questions become text. A model that is saved, and an adapter, keeps it.
    public void renderAs(TrainedRendering other) {
        rendering = other;
    }

    /// Computes the digest of the template contract: everything that turns rows into tokens. A
    /// checkpoint is bound to this digest, and an adapter records it.
    public String templateDigest() {
        return TemplateContract.digest(dir);
    }

    /// Loads a PEFT LoRA adapter and switches it on.
    ///
    /// @throws ModelFormatException when the adapter is malformed, of another kind, or does not fit
    ///     this base
    public Adapter attach(Path adapterDir) {
        return Adapter.load(this, adapterDir);
    }

    /// Computes the SHA-256 of a directory's weights and `config.json`, as hexadecimal. A run or an
    /// adapter is bound to this digest.
    public static String baseDigest(Path dir) {
        List<Path> files = new ArrayList<>(WeightHeaders.paths(dir));
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

    /// Writes the model as a Hugging Face directory: the model's own files except the weights, the
    /// end tokens in `generation_config.json`, and `model.safetensors`.
    ///
    /// @param type F32 or BF16
    public void save(Path out, TensorType type) {
        try {
            SavedModel.write(this, out, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Returns the tokens that end an answer of this model: the base's end tokens, and those with
    /// which its chat template closes a turn. Empty for a model without a tokenizer.
    public Set<Integer> endTokens() {
        if (tokenizer.isEmpty()) {
            return Set.of();
        }
        try {
            return new RowEncoder(tokenizer.get(), chatTemplate(), 2).stopIds();
        } catch (RowRefused e) {
            // Rows were trained as ids, and the template renders none.
            return tokenizer.get().eosIds();
        }
    }

    /// Names the device that this model computes on, such as `cpu (2 threads)` or `cuda:0`.
    public String device() {
        return manager.getDevice().isGpu()
                ? "cuda:" + manager.getDevice().getDeviceId()
                : "cpu (" + options.threads() + " threads)";
    }

    /// Measures a plain matrix product on this model's device and in its precision, in floating
    /// point operations a second.
    public double measureGemmPeak() {
        return GemmPeak.measure(manager.getDevice(), options.threads(), precision);
    }

    MemoryBudget budget() {
        return new MemoryBudget(options.memoryBudget());
    }

    /// Returns the number format that this model computes in.
    public Precision precision() {
        return precision;
    }

    EngineOptions options() {
        return options;
    }

    /// Returns the options with the values in use: none of them is left to the machine or to the model.
    public EngineOptions optionsInUse() {
        String device =
                manager.getDevice().isGpu() ? "cuda:" + manager.getDevice().getDeviceId() : "cpu";
        return options.withDevice(device).withPrecision(precision).withMemoryBudget(budget().limit());
    }

    Path dir() {
        return dir;
    }

    public PtNDManager manager() {
        return manager;
    }

    /// Returns the weights that the model computes with, in the model's precision.
    Parameters weights() {
        return weights;
    }

    /// Returns the weights in fp32, which full fine-tuning trains and which are saved. A model that
    /// computes in bf16 holds only rounded weights, so its fp32 weights are loaded again.
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

    /// Refuses a base that is held in 4 bits, and is frozen for that reason.
    ///
    /// @param purpose use that needs other weights
    /// @throws IllegalArgumentException when the base is held in 4 bits
    void requireUnquantized(String purpose) {
        Setting.require(!config.nf4(), "quantization", "NONE for " + purpose, options.quantization());
    }

    /// Rounds the fp32 weights, after they have changed, into the weights that the model computes with.
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

    /// Returns the program of the base, or of the adapter that is switched on.
    public DecoderProgram program() {
        return active.map(Adapter::program).orElse(program);
    }

    /// Returns the parameters of the program: the base's weights, then those of the adapter that is
    /// switched on.
    public List<NDArray> parameters() {
        List<NDArray> arrays = weights.arrays();
        active.ifPresent(adapter -> arrays.addAll(adapter.weights().arrays()));
        return arrays;
    }

    /// Computes the logits of the token after a prompt, `[V]`. Two models that give the same logits
    /// do the same with this prompt.
    ///
    /// @param prompt token ids, at least one
    public float[] firstLogits(int[] prompt) {
        Setting.require(
                prompt.length >= 1 && prompt.length <= config.maxPositions(),
                "prompt's length",
                "1 to " + config.maxPositions() + " tokens",
                prompt.length);
        Callable<float[]> task = () -> nextLogits(prompt);
        List<float[]> logits = new ArrayList<>();
        threads.run(List.of(task), logits::add);
        return logits.getFirst();
    }

    private float[] nextLogits(int[] prompt) {
        try (PtNDManager scope = manager.newSubManager(manager.getDevice())) {
            KeyValueCache cache = KeyValueCache.empty(program(), scope, 1, 1);
            GenerationStep.Reading whole = GenerationStep.Reading.prompt(prompt, -1);
            GenerationStep step = GenerationStep.of(scope, List.of(), List.of(whole), cache);
            return program()
                    .stepLogits(scope, step, cache, parameters())
                    .getFirst()
                    .toFloatArray();
        }
    }

    @Override
    public void close() {
        threads.close();
        program.close();
        manager.close();
        tokenizer.ifPresent(Tokenizer::close);
    }
}

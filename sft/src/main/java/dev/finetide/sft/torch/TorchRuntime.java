package dev.finetide.sft.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// libtorch in this process: started once, offline, and set up for each thread that computes.
public final class TorchRuntime {
    private static final ThreadLocal<Integer> THREADS = new ThreadLocal<>();
    private static final Engine ENGINE = start();
    private static final boolean BFLOAT16_INSTRUCTIONS = bfloat16Instructions();

    private static final boolean ONEDNN = findOneDnn();

    private TorchRuntime() {}

    private static Engine start() {
        NativeMemory.tune();
        CompilerThreads.giveWay();
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        Engine engine = Engine.getEngine("PyTorch");
        JniUtils.setNumThreads(1);
        return engine;
    }

    /// A new manager of arrays in the processor's memory: closing it frees every array made under it.
    public static PtNDManager newManager() {
        return newManager(Device.cpu());
    }

    /// The device that a name stands for.
    ///
    /// @param name `auto`, `cpu`, `cuda` or `cuda:N`
    /// @throws IllegalArgumentException saying what there is, when there is no such device
    public static Device device(String name) {
        int gpus = gpus();
        if (name.equals("cpu") || name.equals("auto") && gpus == 0) {
            return Device.cpu();
        }
        int index = name.startsWith("cuda:") ? Integer.parseInt(name.substring("cuda:".length())) : 0;
        if (index >= gpus) {
            throw new IllegalArgumentException("device is " + name + ", expected "
                    + (gpus == 0 ? "auto or cpu" : "auto, cpu or cuda:0") + (gpus > 1 ? " to cuda:" + (gpus - 1) : "")
                    + ": libtorch " + ENGINE.getVersion() + " sees " + (gpus == 0 ? "no GPU" : gpus + " of them"));
        }
        return Device.gpu(index);
    }

    /// Those that libtorch can compute on: none without its CUDA build, whatever the machine has.
    private static int gpus() {
        return ENGINE.hasCapability(StandardCapabilities.CUDA) ? ENGINE.getGpuCount() : 0;
    }

    /// As [#newManager()], of arrays on the given device.
    public static PtNDManager newManager(Device device) {
        return (PtNDManager) ENGINE.newBaseManager(device);
    }

    /// How many threads operators called from this thread use from now on; 1 when never set.
    public static void useThreads(int threads) {
        if (!Integer.valueOf(threads).equals(THREADS.get())) {
            JniUtils.setNumThreads(threads);
            THREADS.set(threads);
        }
    }

    /// Starts libtorch's one random generator anew.
    public static void seed(long seed) {
        JniUtils.setSeed(seed);
    }

    /// libtorch keeps these settings per thread. Its graph optimizer recompiles for every new shape
    /// and gains nothing on a CPU, for which it has no fuser.
    static void enterThread() {
        JniUtils.setGraphExecutorOptimize(false);
    }

    /// Whether the device is a GPU, or the processor has instructions for products of bf16 (x86's
    /// AVX512_BF16 or AMX): without them libtorch is slower in bf16 than in fp32.
    public static boolean multipliesInBfloat16(Device device) {
        return device.isGpu() || BFLOAT16_INSTRUCTIONS;
    }

    /// Whether this libtorch has oneDNN, for arrays on the CPU.
    public static boolean hasOneDnn() {
        return ONEDNN;
    }

    private static boolean findOneDnn() {
        try (PtNDManager manager = newManager();
                TorchProgram program = GemmPeak.program(manager, true);
                NDArray one = manager.ones(new Shape(1, 1))) {
            return program.call(manager, "products", one, 1).singletonOrThrow().getFloat() == 1;
        } catch (EngineException e) {
            return false;
        }
    }

    private static boolean bfloat16Instructions() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(flags -> flags.matches(".*\\b(avx512_bf16|amx_bf16)\\b.*"))
                    .orElse(false);
        } catch (IOException | UncheckedIOException e) {
            return false;
        }
    }

    /// The array's own memory, writable; the array must be contiguous, on the CPU, below 2 GiB, and
    /// outlive the segment. [TensorPieces] knows no such limits.
    public static MemorySegment memory(NDArray array) {
        return MemorySegment.ofBuffer(((PtNDArray) array).toByteBuffer(true));
    }

    /// The memory that this process can have, in bytes: the container's limit, else the machine's.
    public static long machineBytes() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
    }

    /// The largest resident memory this process has had, in bytes; 0 where the system does not
    /// tell.
    public static long peakResidentBytes() {
        return statusBytes("VmHWM:");
    }

    /// The resident memory of this process now, in bytes; 0 where the system does not tell.
    public static long residentBytes() {
        return statusBytes("VmRSS:");
    }

    private static long statusBytes(String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(field))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }
}

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

/// libtorch in this process: started once, without network access, and set up for each thread that computes.
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

    /// Makes a new manager of arrays in the processor's memory. Closing it frees every array made under it.
    public static PtNDManager newManager() {
        return newManager(Device.cpu());
    }

    /// Returns the device that a name stands for.
    ///
    /// @param name `auto`, `cpu`, `cuda` or `cuda:N`
    /// @throws IllegalArgumentException naming the devices of the machine, when there is no such device
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

    /// Returns the number of GPUs that libtorch can compute on: none without its CUDA build, whatever the
    /// machine has.
    private static int gpus() {
        return ENGINE.hasCapability(StandardCapabilities.CUDA) ? ENGINE.getGpuCount() : 0;
    }

    /// Makes a new manager of arrays on the given device.
    public static PtNDManager newManager(Device device) {
        return (PtNDManager) ENGINE.newBaseManager(device);
    }

    /// Sets the number of threads that operators called from this thread use from now on; it is 1 when never
    /// set.
    public static void useThreads(int threads) {
        if (!Integer.valueOf(threads).equals(THREADS.get())) {
            JniUtils.setNumThreads(threads);
            THREADS.set(threads);
        }
    }

    /// Gives libtorch's only random generator a seed.
    public static void seed(long seed) {
        JniUtils.setSeed(seed);
    }

    /// Applies settings that libtorch keeps per thread. Its graph optimiser recompiles for every new shape and
    /// gains nothing on a CPU, for which it fuses no operators.
    static void enterThread() {
        JniUtils.setGraphExecutorOptimize(false);
    }

    /// Tells whether the device is a GPU, or the processor has instructions for products of bf16 (x86's
    /// AVX512_BF16 or AMX). Without them libtorch is slower in bf16 than in fp32.
    public static boolean multipliesInBfloat16(Device device) {
        return device.isGpu() || BFLOAT16_INSTRUCTIONS;
    }

    /// Tells whether this libtorch has oneDNN, for arrays on the CPU.
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

    /// Returns the array's own memory, writable. The array must be contiguous, on the CPU, below 2 GiB, and must
    /// outlive the segment. [TensorPieces] has no such limits.
    public static MemorySegment memory(NDArray array) {
        return MemorySegment.ofBuffer(((PtNDArray) array).toByteBuffer(true));
    }

    /// Returns the memory that this process can have, in bytes: the limit of the container, else that of the
    /// machine.
    public static long machineBytes() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
    }

    /// Returns the largest resident memory that this process has had, in bytes; 0 where the system does not
    /// tell.
    public static long peakResidentBytes() {
        return statusBytes("VmHWM:");
    }

    /// Returns the resident memory of this process now, in bytes; 0 where the system does not tell.
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

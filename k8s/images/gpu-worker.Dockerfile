# The CUDA worker. NOT BUILT YET: written where neither a container engine nor a network for libtorch (2.9 GB) was at hand.
# Context: the folder gpu-worker after `mvn package` (target/lib, target/classes).
FROM eclipse-temurin:25-jre AS java

FROM nvidia/cuda:12.8.1-base-ubuntu24.04
# libtorch carries its own cuDNN and cuBLAS; the JNI of pytorch-jni 2.7.1-0.35.1 was built against exactly this one.
ARG LIBTORCH=https://download.pytorch.org/libtorch/cu128/libtorch-cxx11-abi-shared-with-deps-2.7.1%2Bcu128.zip
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl unzip libgomp1 \
    && curl -fsSL "$LIBTORCH" -o /tmp/libtorch.zip && unzip -q /tmp/libtorch.zip -d /opt && rm /tmp/libtorch.zip \
    && apt-get purge -y curl unzip && apt-get autoremove -y && rm -rf /var/lib/apt/lists/*
COPY --from=java /opt/java/openjdk /opt/java
COPY target/lib /opt/gpu-worker/lib
COPY target/classes /opt/gpu-worker/classes
# DJL unpacks its JNI into the cache directory: /tmp, because the root file system is read-only in the pod.
ENV PATH=/opt/java/bin:$PATH \
    PYTORCH_LIBRARY_PATH=/opt/libtorch/lib PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cu128 \
    DJL_CACHE_DIR=/tmp/djl ENGINE_CACHE_DIR=/tmp/djl \
    MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=67108864
USER 10001:10001
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC", "-Xmx1g", \
            "-cp", "/opt/gpu-worker/lib/*:/opt/gpu-worker/classes", "dev.finetide.worker.Main"]

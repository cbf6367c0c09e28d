# The worker with CUDA. NOT BUILT YET: written where neither its bases nor libtorch for CUDA (2.9 GB) could be fetched. Its
# steps have been built and run with stand-ins: bases of our own, and libtorch for the CPU in /opt/libtorch (flavor cpu).
# Context: the folder gpu-worker after `./mvnw -DskipTests package -pl gpu-worker -am`. Pin both bases by digest where you
# build for others. Nodes need NVIDIA's driver for CUDA 12: 525 or later.
FROM eclipse-temurin:25-jre-noble AS java

# libtorch with its own cuDNN, cuBLAS and NCCL: exactly the one that the JNI of pytorch-jni 2.7.1-0.35.1 (cu128) was
# built against. LIBTORCH_SHA256 is yours to fill in from a copy that you trust; without it the file is taken as it comes.
FROM eclipse-temurin:25-jre-noble AS libtorch
ARG LIBTORCH=https://download.pytorch.org/libtorch/cu128/libtorch-cxx11-abi-shared-with-deps-2.7.1%2Bcu128.zip
ARG LIBTORCH_SHA256=
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl unzip
RUN curl -fsSL --retry 5 "$LIBTORCH" -o /tmp/libtorch.zip \
    && if [ -n "$LIBTORCH_SHA256" ]; then echo "$LIBTORCH_SHA256  /tmp/libtorch.zip" | sha256sum -c -; fi \
    && unzip -q /tmp/libtorch.zip 'libtorch/lib/*.so*' -d /opt && rm /tmp/libtorch.zip

# Our jars without libtorch for the CPU, which would be 170 MB for nothing.
FROM eclipse-temurin:25-jre-noble AS worker
COPY target/lib /opt/gpu-worker/lib
COPY target/classes /opt/gpu-worker/classes
COPY target/licenses /opt/gpu-worker/licenses
RUN rm /opt/gpu-worker/lib/pytorch-native-*.jar

# COPY of a whole folder is one layer: libtorch stays where it was when only our classes change.
FROM nvidia/cuda:12.8.1-base-ubuntu24.04
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/*
COPY --from=java /opt/java/openjdk /opt/java/openjdk
COPY --from=libtorch /opt/libtorch /opt/libtorch
COPY --from=worker /opt/gpu-worker /opt/gpu-worker
# DJL takes libtorch from here and its JNI from a jar, which it unpacks into its cache: below /tmp, the one place that
# can be written in the pod. glibc takes large pages. Java decodes arguments and file names by the locale.
ENV GLIBC_TUNABLES=glibc.malloc.hugetlb=1 JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:$PATH LC_ALL=C.UTF-8 \
    PYTORCH_LIBRARY_PATH=/opt/libtorch/lib PYTORCH_VERSION=2.7.1 PYTORCH_FLAVOR=cu128 LD_LIBRARY_PATH=/opt/libtorch/lib:$LD_LIBRARY_PATH \
    DJL_CACHE_DIR=/tmp/djl ENGINE_CACHE_DIR=/tmp/djl
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", \
            "-Xmx1g", "-Xms48m", "-Xmn24m", "-cp", "/opt/gpu-worker/lib/*:/opt/gpu-worker/classes", "dev.finetide.worker.Main"]

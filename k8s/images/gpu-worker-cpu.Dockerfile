# The worker without a GPU: for overlays/dev, and for the integration tests on images. Context: the folder gpu-worker
# after `./mvnw -DskipTests package -pl gpu-worker -am`; libtorch for the CPU is one of the jars in target/lib.
ARG BASE=eclipse-temurin:25-jre
FROM $BASE
COPY target/lib /opt/gpu-worker/lib
COPY target/classes /opt/gpu-worker/classes
COPY target/licenses /opt/gpu-worker/licenses
# DJL unpacks libtorch into its cache: below /tmp, the one place that can be written in the pod. glibc takes large pages.
# Java decodes arguments and file names by the locale.
ENV LC_ALL=C.UTF-8 GLIBC_TUNABLES=glibc.malloc.hugetlb=1 DJL_CACHE_DIR=/tmp/djl ENGINE_CACHE_DIR=/tmp/djl
USER 10001:10001
WORKDIR /tmp
ENTRYPOINT ["java", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", \
            "-Xmx1g", "-Xms48m", "-Xmn24m", "-cp", "/opt/gpu-worker/lib/*:/opt/gpu-worker/classes", "dev.finetide.worker.Main"]

package dev.finetide.kit.limit;

import io.smallrye.config.ConfigMapping;

/// Limits of projects that set none of their own. Units and defaults stand in the kit's
/// microprofile-config.properties.
@ConfigMapping(prefix = "finetide.limits")
public interface LimitSettings {
    long queuedRuns();

    long parallelUploads();

    long parallelStreams();

    long datasetBytes();

    long baseBytes();
}

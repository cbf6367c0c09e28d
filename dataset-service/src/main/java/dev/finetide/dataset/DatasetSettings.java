package dev.finetide.dataset;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// Files of the network that rows may be read from. Described in application.properties.
@ConfigMapping(prefix = "dataset.sources")
interface DatasetSettings {
    @WithName("private-hosts")
    Optional<Set<String>> privateHosts();

    @WithName("redirect-hosts")
    Optional<Set<String>> redirectHosts();

    @WithName("s3-buckets")
    Optional<Set<String>> s3Buckets();

    @WithName("largest-bytes")
    @WithDefault("107374182400")
    long largestBytes();

    @WithName("longest")
    @WithDefault("PT6H")
    Duration longest();
}

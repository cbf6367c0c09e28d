package dev.finetide.dataset.source;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;

/// Says which files of the network the service reads.
///
/// @param privateHosts hosts that may have private addresses
/// @param redirectHosts hosts to which another host may redirect
/// @param buckets S3 buckets by name, each with its location; "*" for every bucket of the usual credentials
/// @param store the services' own blob store, which is no source: every project's files are there
/// @param largestBytes largest size of a file
/// @param longest longest time of one file
/// @param tls certificates to trust
public record SourceSettings(
        Set<String> privateHosts,
        Set<String> redirectHosts,
        Map<String, URI> buckets,
        URI store,
        long largestBytes,
        Duration longest,
        SSLContext tls) {}

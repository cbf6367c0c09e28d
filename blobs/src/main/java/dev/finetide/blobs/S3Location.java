package dev.finetide.blobs;

import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/// Location of an S3 store, read from a URI.
///
/// @param prefix    empty, or a folder with its closing `/`
/// @param endpoint  address of an S3 server that is not AWS's
/// @param pathStyle whether to use `host/bucket/key` instead of `bucket.host/key`
record S3Location(String bucket, String prefix, Optional<URI> endpoint, Optional<String> region, boolean pathStyle) {

    private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    static S3Location parse(URI uri) {
        String bucket = uri.getAuthority() == null ? "" : uri.getAuthority();
        require(uri, BUCKET.matcher(bucket).matches(), "no bucket of 3 to 63 characters");
        require(uri, uri.getFragment() == null, "nothing follows #");
        Map<String, String> parameters = parameters(uri);
        Optional<URI> endpoint =
                Optional.ofNullable(parameters.remove("endpoint")).map(value -> endpoint(uri, value));
        Optional<String> region = Optional.ofNullable(parameters.remove("region"));
        String pathStyle = parameters.getOrDefault("path-style", "false");
        parameters.remove("path-style");
        require(uri, pathStyle.matches("true|false"), "path-style is true or false, not " + pathStyle);
        require(uri, parameters.isEmpty(), "unknown parameters " + parameters.keySet());
        return new S3Location(bucket, prefix(uri), endpoint, region, Boolean.parseBoolean(pathStyle));
    }

    private static String prefix(URI uri) {
        String path = uri.getPath().replaceFirst("^/", "").replaceFirst("/$", "");
        return path.isEmpty() ? "" : BlobKeys.requirePrefix(path + "/");
    }

    private static URI endpoint(URI uri, String value) {
        URI endpoint = URI.create(value);
        require(
                uri,
                endpoint.getHost() != null
                        && String.valueOf(endpoint.getScheme()).matches("https?"),
                "endpoint is http://host:port or https://host:port, not " + value);
        require(uri, endpoint.getUserInfo() == null, "credentials have no place in a URI");
        return endpoint;
    }

    private static Map<String, String> parameters(URI uri) {
        Map<String, String> parameters = new HashMap<>();
        if (uri.getQuery() != null) {
            for (String parameter : uri.getQuery().split("&")) {
                int equals = parameter.indexOf('=');
                require(uri, equals > 0, "parameters are name=value, not " + parameter);
                parameters.put(parameter.substring(0, equals), parameter.substring(equals + 1));
            }
        }
        return parameters;
    }

    private static void require(URI uri, boolean condition, String fault) {
        if (!condition) {
            // User and query are left out, because they might contain a secret.
            throw new IllegalArgumentException("blob store s3://" + uri.getHost() + uri.getPath() + ": " + fault
                    + "; expected s3://bucket/prefix?endpoint=URL&region=NAME&path-style=true|false");
        }
    }

    /// Opens a client for the bucket; the server is not contacted before the first use.
    ///
    /// @param credentials credentials of the client; those of the SDK's usual chain when empty
    /// @throws SdkException if the SDK finds no region, or one that it does not know
    S3Client client(Optional<AwsCredentialsProvider> credentials) {
        S3ClientBuilder builder = S3Client.builder()
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .forcePathStyle(pathStyle);
        endpoint.ifPresent(builder::endpointOverride);
        region.ifPresent(name -> builder.region(Region.of(name)));
        credentials.ifPresent(builder::credentialsProvider);
        return builder.build();
    }

    /// Returns the name of an object in messages.
    String name(String key) {
        return "s3://" + bucket + "/" + prefix + key;
    }
}

package dev.finetide.blobs;

import java.net.URI;
import java.nio.file.Path;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;

/// A real S3 server on loopback, which checks signatures. Objects are files below one directory.
public final class S3Server implements AutoCloseable {
    public static final String ACCESS_KEY = "finetide";
    public static final String SECRET_KEY = "not-a-secret";
    public static final String BUCKET = "models";

    private final S3Proxy proxy;

    private S3Server(S3Proxy proxy) {
        this.proxy = proxy;
    }

    public static S3Server start(Path directory) throws Exception {
        return start(directory, AuthenticationType.AWS_V2_OR_V4);
    }

    /// Starts a server that anybody may use.
    static S3Server open(Path directory) throws Exception {
        return start(directory, AuthenticationType.NONE);
    }

    private static S3Server start(Path directory, AuthenticationType kind) throws Exception {
        FilesystemNio2BlobStore files = new FilesystemNio2BlobStore(directory.toString());
        files.createContainer(CreateBucketRequest.builder().bucket(BUCKET).build());
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(files)
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(kind, ACCESS_KEY, SECRET_KEY)
                .build();
        proxy.start();
        return new S3Server(proxy);
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + proxy.getPort());
    }

    /// Returns the store's URI as a service or a worker gets it.
    public URI uri(String bucketAndPrefix) {
        return URI.create("s3://" + bucketAndPrefix + "?endpoint=" + endpoint() + "&region=us-east-1&path-style=true");
    }

    @Override
    public void close() throws Exception {
        proxy.stop();
    }
}

package dev.finetide.blobs;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The part of a store that a borrower of credentials may use.
///
/// @param keys   keys of blobs that it may read
/// @param folder folder that it may read and list, with its closing `/`
/// @param own    folder below that one in which it may write and delete, with its closing `/`
public record BlobScope(Set<String> keys, String folder, String own) {
    /// The largest inline policy that AWS takes with a session, in characters.
    private static final int LARGEST_POLICY = 2048;

    /// Number of a digest's hex digits that name a file: nobody finds another file with these.
    private static final int DIGITS = 32;

    private static final String CONTENT = "sha256/";

    public BlobScope {
        keys.forEach(BlobKeys::requireKey);
        BlobKeys.requirePrefix(folder);
        BlobKeys.requirePrefix(own);
        if (!own.startsWith(folder)) {
            throw new IllegalArgumentException("blob prefix " + own + " is not below " + folder);
        }
        keys = Set.copyOf(keys);
    }

    /// Returns the policy that allows this part and nothing else. Where single folders and files would make it too
    /// large, it allows to read all folders of their projects, and all files that lie under their digests.
    ///
    /// @param partition first part of resource names: `aws`, `aws-cn`
    String policy(S3Location store, String partition) {
        String exact = policy(store, partition, exact());
        return exact.length() <= LARGEST_POLICY ? exact : broadPolicy(store, partition);
    }

    String broadPolicy(S3Location store, String partition) {
        return policy(store, partition, broad());
    }

    private Set<String> exact() {
        return keys.stream()
                .map(key -> key.startsWith(CONTENT)
                        ? key.substring(0, Math.min(key.length(), CONTENT.length() + "00/".length() + DIGITS))
                        : key.substring(0, key.lastIndexOf('/') + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> broad() {
        return keys.stream()
                .map(key -> key.startsWith(CONTENT) ? CONTENT : project(key))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// Returns the folder of a key's kind and project: `datasets/default/`.
    private static String project(String key) {
        int kind = key.indexOf('/');
        int project = key.indexOf('/', kind + 1);
        return project < 0 ? key : key.substring(0, project + 1);
    }

    private String policy(S3Location store, String partition, Collection<String> readable) {
        String bucket = "arn:" + partition + ":s3:::" + store.bucket();
        String objects = bucket + "/" + store.prefix();
        Set<String> read = new TreeSet<>(readable);
        read.add(folder);
        return """
                {"Version":"2012-10-17","Statement":[\
                {"Effect":"Allow","Action":"s3:GetObject","Resource":[%s]},\
                {"Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload","s3:DeleteObject"],"Resource":"%s"},\
                {"Effect":"Allow","Action":"s3:ListBucket","Resource":"%s","Condition":{"StringLike":{"s3:prefix":"%s"}}}]}""".formatted(
                read.stream().map(start -> '"' + objects + start + "*\"").collect(Collectors.joining(",")),
                objects + own + "*",
                bucket,
                store.prefix() + folder + "*");
    }
}

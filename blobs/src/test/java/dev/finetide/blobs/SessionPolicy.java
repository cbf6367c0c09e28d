package dev.finetide.blobs;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;

/// A session's policy, read as IAM reads it: what no statement allows is denied. Statements have only what this project
/// writes: Effect Allow, and the condition StringLike on s3:prefix.
final class SessionPolicy {
    /// Names what a call does, and to which names: `arn:aws:s3:::bucket/key` for each.
    record Call(String action, List<String> resources, Optional<String> prefix) {
        private static final Pattern DELETED = Pattern.compile("<Key>([^<]*)</Key>");

        static Call of(String method, URI uri, String body) {
            String path = uri.getPath().substring(1);
            String query = Optional.ofNullable(uri.getQuery()).orElse("");
            String arn = "arn:aws:s3:::" + path.replaceFirst("/$", "");
            boolean ofBucket = !path.contains("/") || path.endsWith("/") && path.indexOf('/') == path.length() - 1;
            if (ofBucket) {
                return ofBucket(method, arn, query, body);
            }
            String action = switch (method) {
                case "GET", "HEAD" -> "s3:GetObject";
                case "PUT", "POST" -> "s3:PutObject";
                case "DELETE" -> query.contains("uploadId") ? "s3:AbortMultipartUpload" : "s3:DeleteObject";
                default -> "s3:" + method;
            };
            return new Call(action, List.of(arn), Optional.empty());
        }

        private static Call ofBucket(String method, String bucket, String query, String body) {
            if (method.equals("POST") && query.startsWith("delete")) {
                List<String> keys = new ArrayList<>();
                Matcher key = DELETED.matcher(body);
                while (key.find()) {
                    keys.add(bucket + "/" + key.group(1));
                }
                return new Call("s3:DeleteObject", keys, Optional.empty());
            }
            Matcher prefix = Pattern.compile("(?:^|&)prefix=([^&]*)").matcher(query);
            String action = query.contains("uploads") ? "s3:ListBucketMultipartUploads" : "s3:ListBucket";
            return new Call(
                    method.equals("GET") ? action : "s3:" + method,
                    List.of(bucket),
                    prefix.find() ? Optional.of(prefix.group(1)) : Optional.empty());
        }
    }

    private record Statement(Set<String> actions, Set<String> resources, Optional<String> prefix) {
        boolean allows(Call call, String resource) {
            return actions.contains(call.action())
                    && resources.stream().anyMatch(pattern -> isLike(resource, pattern))
                    && (prefix.isEmpty()
                            || call.prefix()
                                    .filter(asked -> isLike(asked, prefix.get()))
                                    .isPresent());
        }
    }

    private final List<Statement> statements;

    private SessionPolicy(List<Statement> statements) {
        this.statements = statements;
    }

    static SessionPolicy of(String json) {
        return new SessionPolicy(JsonNode.parser().parse(json).asObject().get("Statement").asArray().stream()
                .map(SessionPolicy::statement)
                .toList());
    }

    private static Statement statement(JsonNode node) {
        Map<String, JsonNode> fields = node.asObject();
        if (!fields.get("Effect").asString().equals("Allow")) {
            throw new IllegalArgumentException("not understood: " + fields.get("Effect"));
        }
        return new Statement(
                texts(fields.get("Action")),
                texts(fields.get("Resource")),
                Optional.ofNullable(fields.get("Condition"))
                        .map(condition -> condition
                                .asObject()
                                .get("StringLike")
                                .asObject()
                                .get("s3:prefix")
                                .asString()));
    }

    private static Set<String> texts(JsonNode node) {
        return node.isArray()
                ? node.asArray().stream().map(JsonNode::asString).collect(Collectors.toSet())
                : Set.of(node.asString());
    }

    private static boolean isLike(String text, String pattern) {
        return text.matches(
                List.of(pattern.split("\\*", -1)).stream().map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    boolean allows(Call call) {
        return !call.resources().isEmpty()
                && call.resources().stream()
                        .allMatch(resource ->
                                statements.stream().anyMatch(statement -> statement.allows(call, resource)));
    }
}

package dev.finetide.registry;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.blob.v1.BlobFile;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Checks the names of a base's or a model's files: only types that contain no program, and only paths that cannot
/// leave the folder into which the files are downloaded.
final class FileNames {
    private static final int MOST_FILES = 1_000;
    private static final int LONGEST_PATH = 200;
    private static final Pattern PATH =
            Pattern.compile("([A-Za-z0-9_][A-Za-z0-9._-]*/){0,3}[A-Za-z0-9_][A-Za-z0-9._-]*");
    private static final Pattern KIND = Pattern.compile(".*\\.(safetensors|json|md|jinja|txt|model)");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    private FileNames() {}

    /// Checks a list of files.
    ///
    /// @throws ApiException INVALID_FIELD with every file that is wrong
    static void check(List<BlobFile> files) {
        if (files.isEmpty() || files.size() > MOST_FILES) {
            throw ApiException.invalidField("files", "expected 1 to " + MOST_FILES + " files, got " + files.size());
        }
        List<FieldViolation> wrong = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < files.size(); i++) {
            String problem = problem(files.get(i), seen);
            if (!problem.isEmpty()) {
                wrong.add(new FieldViolation("files[" + i + "]", problem));
            }
        }
        if (!wrong.isEmpty()) {
            throw ApiException.invalidFields(wrong.subList(0, Math.min(20, wrong.size())));
        }
    }

    /// Checks that a field is a digest.
    ///
    /// @throws ApiException INVALID_FIELD if it is not
    static void checkDigest(String field, String sha256) {
        if (!SHA256.matcher(sha256).matches()) {
            throw ApiException.invalidField(field, "is not 64 lower-case hex digits");
        }
    }

    /// Converts a path from a client to a form that may appear in a message.
    static String printable(String path) {
        String safe = path.replaceAll("[^\\x20-\\x7e]", "?");
        return safe.length() <= LONGEST_PATH ? safe : safe.substring(0, LONGEST_PATH) + "...";
    }

    private static String problem(BlobFile file, Set<String> seen) {
        String path = file.getPath();
        if (path.length() > LONGEST_PATH || !PATH.matcher(path).matches()) {
            return "path is not a plain relative path of letters, digits and . _ -";
        }
        if (!KIND.matcher(path).matches()) {
            return path + " is not a .safetensors, .json, .md, .jinja, .txt or .model file";
        }
        if (!seen.add(path)) {
            return path + " is named twice";
        }
        if (file.getSizeBytes() < 0) {
            return path + " has the size " + file.getSizeBytes();
        }
        return SHA256.matcher(file.getSha256()).matches()
                ? ""
                : path + " has a sha256 that is not 64 lower-case hex digits";
    }
}

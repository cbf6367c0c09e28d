package dev.finetide.dataset.recipe;

import dev.finetide.blobs.BlobRef;
import dev.finetide.blobs.BlobStore;
import dev.finetide.blobs.Sha256;
import dev.finetide.dataset.lineage.BlobPrefix;
import dev.finetide.dataset.source.StagedFile;
import dev.finetide.dataset.source.Staging;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RelabelStep;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.Optional;

/// Keeps the files of a recipe with its version, under their digests, so that the recipe can run again.
final class RecipeFiles {
    private final BlobStore blobs;
    private final Staging staging;
    private final String project;
    private final String prefix;
    private final Optional<DatasetVersion> again;

    /// @param prefix prefix of the new version's blobs, ending with `/`
    /// @param again version whose recipe runs again, if one does
    RecipeFiles(BlobStore blobs, Staging staging, String project, String prefix, Optional<DatasetVersion> again) {
        this.blobs = blobs;
        this.staging = staging;
        this.project = project;
        this.prefix = prefix;
        this.again = again;
    }

    /// Stores the files of all steps, and returns the recipe that names them by their digests.
    Recipe keep(Recipe recipe) throws IOException {
        Recipe.Builder kept = recipe.toBuilder();
        for (int i = 0; i < recipe.getStepsCount(); i++) {
            RecipeStep step = recipe.getSteps(i);
            if (step.hasRelabel()) {
                String sha256 = keep(step.getRelabel(), "recipe.steps[" + i + "].relabel");
                kept.getStepsBuilder(i)
                        .setRelabel(RelabelStep.newBuilder().setSha256(sha256).build());
            }
        }
        return kept.build();
    }

    InputStream open(RelabelStep step) throws IOException {
        String key = key(prefix, step.getSha256());
        return blobs.open(blobs.stat(key).orElseThrow(() -> new IllegalStateException("a file was not kept")));
    }

    private String keep(RelabelStep step, String field) throws IOException {
        if (!step.getUploadedFile().isEmpty()) {
            StagedFile file = staging.file(project, step.getUploadedFile(), "the file of row ids");
            String sha256 = digest(file);
            if (!step.getSha256().isEmpty() && !step.getSha256().equals(sha256)) {
                throw ApiException.invalidField(field + ".sha256", "is not that of the uploaded file, " + sha256);
            }
            try (InputStream in = file.open()) {
                blobs.put(key(prefix, sha256), in);
            }
            return sha256;
        }
        if (step.getSha256().isEmpty()) {
            throw ApiException.invalidField(field + ".uploaded_file", "is required");
        }
        Optional<BlobRef> known = again.flatMap(BlobPrefix::of).isEmpty()
                ? Optional.empty()
                : blobs.stat(key(BlobPrefix.of(again.get()).orElseThrow(), step.getSha256()));
        BlobRef file = known.orElseThrow(() -> ApiException.invalidField(
                field + ".uploaded_file", "is required: only a recipe that runs again has its file already"));
        try (InputStream in = blobs.open(file)) {
            blobs.put(key(prefix, step.getSha256()), in);
        }
        return step.getSha256();
    }

    private static String digest(StagedFile file) throws IOException {
        MessageDigest digest = Sha256.newDigest();
        byte[] chunk = new byte[1 << 16];
        try (InputStream in = file.open()) {
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return Sha256.hex(digest);
    }

    private static String key(String prefix, String sha256) {
        return prefix + "recipe/" + sha256 + ".jsonl";
    }
}

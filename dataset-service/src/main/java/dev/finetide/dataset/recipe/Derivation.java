package dev.finetide.dataset.recipe;

import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.DatasetIngest;
import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.ingest.Manifest;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.row.CanonicalRow;
import dev.finetide.dataset.shape.ReadRow;
import dev.finetide.dataset.shard.Scratch;
import dev.finetide.dataset.shard.SplitPlan;
import dev.finetide.dataset.shard.VersionWriter;
import dev.finetide.dataset.source.Staging;
import dev.finetide.dataset.tokens.RowLengths;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.request.RequestId;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DeriveDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.proto.dataset.v1.RelabelStep;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Makes versions from versions by recipes. The recipe is stored with the version, with the numbers of
/// its sources, and can run again on newer ones. Nothing is visible before the end, so that a derivation
/// that was cut off is begun again by its request. Thread-safe.
public final class Derivation {
    private static final double TEST_FRACTION = 0.1;
    private static final int ROWS_BETWEEN_SIGNS = 100_000;

    private final DatasetIngest ingest;
    private final BlobStore blobs;
    private final Staging staging;
    private final Function<LengthLimit, RowLengths> lengths;

    /// @param lengths opens what measures rows
    public Derivation(
            DatasetIngest ingest, BlobStore blobs, Staging staging, Function<LengthLimit, RowLengths> lengths) {
        this.ingest = ingest;
        this.blobs = blobs;
        this.staging = staging;
        this.lengths = lengths;
    }

    /// Runs a recipe, and publishes what it leaves. The same rows find the version that exists.
    ///
    /// @throws ApiException INVALID_FIELD with the step, and the row where one is the cause;
    ///     RESOURCE_NOT_FOUND, RESOURCE_EXISTS, ILLEGAL_STATE (a deleted source)
    public DatasetVersion derive(DeriveDatasetVersionRequest request, ImportCounter counter) throws IOException {
        return ingest.publish(
                request.getDataset(),
                request.getRequestId(),
                RequestId.digest(request),
                List.of(),
                (prefix, alive) -> write(request, prefix, alive, counter));
    }

    private DatasetVersion.Builder write(
            DeriveDatasetVersionRequest request, String prefix, Runnable alive, ImportCounter counter)
            throws IOException {
        String project = ResourceType.PROJECT.name(
                ResourceType.DATASET.ids("dataset", request.getDataset()).getFirst());
        Optional<DatasetVersion> again =
                request.getAgain().isEmpty() ? Optional.empty() : Optional.of(ingest.get(request.getAgain()));
        Recipe wanted = again.isPresent() ? again(request, again.get()) : request.getRecipe();
        List<DatasetVersion> versions = versions(project, wanted);
        RecipeFiles files = new RecipeFiles(blobs, staging, project, prefix, again);
        Recipe recipe = resolved(files.keep(wanted), versions);
        try (Scratch scratch = Scratch.create()) {
            return new Run(recipe, versions, files, prefix, scratch.directory(), alive, counter).write();
        }
    }

    /// Returns the recipe of a version on the newest versions of its parents' datasets, or on the
    /// sources of the request.
    private static Recipe again(DeriveDatasetVersionRequest request, DatasetVersion made) {
        if (!made.hasRecipe()) {
            throw ApiException.invalidField("again", made.getName() + " was not made by a recipe");
        }
        if (request.getRecipe().getStepsCount() > 0) {
            throw ApiException.invalidField("recipe.steps", "is not for a recipe that runs again");
        }
        Recipe.Builder recipe = made.getRecipe().toBuilder();
        if (request.getRecipe().getSourcesCount() > 0) {
            return recipe.clearSources()
                    .addAllSources(request.getRecipe().getSourcesList())
                    .build();
        }
        recipe.getSourcesBuilderList().forEach(source -> {
            List<String> ids = ResourceType.DATASET_VERSION.ids("again", source.getDatasetVersion());
            source.setDatasetVersion(ResourceType.DATASET_VERSION.name(ids.get(0), ids.get(1), "latest"));
        });
        return recipe.build();
    }

    private List<DatasetVersion> versions(String project, Recipe recipe) {
        if (recipe.getSourcesCount() == 0) {
            throw ApiException.invalidField("recipe.sources", "is required");
        }
        List<DatasetVersion> versions = new ArrayList<>();
        for (int i = 0; i < recipe.getSourcesCount(); i++) {
            String field = "recipe.sources[" + i + "].dataset_version";
            String name = recipe.getSources(i).getDatasetVersion();
            if (!name.startsWith(project + "/")) {
                throw ApiException.invalidField(field, "expected a version of " + project + ", got " + name);
            }
            DatasetVersion version = ingest.get(name);
            RowSource.requireRows(version);
            RowSource.requireAnswers(field, version);
            if (i > 0 && version.getRowFormat() != versions.getFirst().getRowFormat()) {
                throw ApiException.invalidField(
                        field,
                        "has %s rows, but %s has %s rows"
                                .formatted(
                                        version.getRowFormat(),
                                        versions.getFirst().getName(),
                                        versions.getFirst().getRowFormat()));
            }
            versions.add(version);
        }
        return versions;
    }

    private static Recipe resolved(Recipe recipe, List<DatasetVersion> versions) {
        Recipe.Builder resolved = recipe.toBuilder();
        for (int i = 0; i < versions.size(); i++) {
            RecipeSource.Builder source = resolved.getSourcesBuilder(i);
            source.setDatasetVersion(versions.get(i).getName());
        }
        return resolved.build();
    }

    /// One run of a recipe.
    ///
    /// @param alive runs now and then, so that the blobs do not count as abandoned
    private final class Run implements StepInputs, StepChain.Progress {
        private final Recipe recipe;
        private final List<DatasetVersion> versions;
        private final RecipeFiles files;
        private final String prefix;
        private final Path scratch;
        private final Runnable alive;
        private final ImportCounter counter;
        private String step = "";
        private long passed;

        Run(
                Recipe recipe,
                List<DatasetVersion> versions,
                RecipeFiles files,
                String prefix,
                Path scratch,
                Runnable alive,
                ImportCounter counter) {
            this.recipe = recipe;
            this.versions = versions;
            this.files = files;
            this.prefix = prefix;
            this.scratch = scratch;
            this.alive = alive;
            this.counter = counter;
        }

        DatasetVersion.Builder write() throws IOException {
            Optional<SplitRules> rules = rules();
            SplitPlan plan = rules.map(this::plan).orElse(SplitPlan.NONE);
            String groups = rules.map(SplitRules::getGroupColumn).orElse("");
            SourceRows source = new SourceRows(blobs, recipe.getSourcesList(), versions, recipe.getSeed(), scratch);
            try (StepChain chain = new StepChain(scratch, this);
                    VersionWriter writer = new VersionWriter(blobs, prefix, scratch, plan, alive)) {
                Steps.addTo(chain, recipe, this);
                chain.run(source, row -> writer.add(row.split(), row.place(), read(row, groups)));
                return described(chain, writer, rules, plan);
            }
        }

        private DatasetVersion.Builder described(
                StepChain chain, VersionWriter writer, Optional<SplitRules> rules, SplitPlan plan) throws IOException {
            if (writer.rows() == 0) {
                throw ApiException.invalidField("recipe", "leaves no row");
            }
            DatasetVersion.Builder version = writer.finish().setRecipe(recipe).addAllSteps(chain.reports());
            rules.ifPresent(asked -> version.setSplitRules(
                    asked.toBuilder().setTestFraction(plan.testFraction()).setOverlap(plan.overlap())));
            if (version.getTrainRows() == 0) {
                throw ApiException.invalidField("recipe", "leaves no row in the train split");
            }
            version.getReportBuilder().setRowsRead(writer.rows()).setRowsAccepted(writer.rows());
            return version.setManifest(Manifest.write(version.buildPartial(), blobs, prefix));
        }

        private Optional<SplitRules> rules() {
            return recipe.getStepsList().stream()
                    .filter(asked -> asked.hasSplit())
                    .map(asked -> asked.getSplit())
                    .findFirst();
        }

        /// Returns which train rows are held out, as an import does: a tenth as test rows where there
        /// are none.
        private SplitPlan plan(SplitRules rules) {
            boolean hasTest = versions.stream().anyMatch(version -> version.getTestRows() > 0);
            boolean usual = !hasTest && rules.getColumn().isEmpty();
            double test = rules.hasTestFraction() ? rules.getTestFraction() : usual ? TEST_FRACTION : 0;
            if (test + rules.getValidationFraction() >= 1) {
                throw ApiException.invalidField(
                        "recipe.steps[" + (recipe.getStepsCount() - 1) + "].split.validation_fraction",
                        "leaves no train rows, together with test_fraction");
            }
            return new SplitPlan(test, rules.getValidationFraction(), rules.getOverlap());
        }

        private ReadRow read(RecipeRow row, String groups) {
            try {
                return new ReadRow(
                        CanonicalRow.parse(row.json()),
                        row.tags(),
                        Optional.empty(),
                        Optional.ofNullable(row.tags().get(groups)));
            } catch (IllegalArgumentException invalid) {
                throw row.refusal("recipe", "the row is not valid after the steps");
            }
        }

        @Override
        public void pass(String words, long rows) {
            if (!words.equals(step)) {
                step = words;
                counter.step(words, 0);
            }
            counter.rows(StepChain.ROWS_BETWEEN_PROGRESS);
            passed += StepChain.ROWS_BETWEEN_PROGRESS;
            if (passed % ROWS_BETWEEN_SIGNS == 0) {
                alive.run();
            }
        }

        @Override
        public Path scratch() {
            return scratch;
        }

        @Override
        public InputStream labels(RelabelStep asked) throws IOException {
            return files.open(asked);
        }

        @Override
        public RowLengths lengths(LengthLimit limit) {
            return lengths.apply(limit);
        }
    }
}

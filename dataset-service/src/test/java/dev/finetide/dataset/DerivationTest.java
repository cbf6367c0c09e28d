package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.finetide.blobs.BlobEntry;
import dev.finetide.dataset.diff.VersionDiff;
import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.dataset.recipe.Derivation;
import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.dataset.v1.DatasetDiff;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.DedupeStep;
import dev.finetide.proto.dataset.v1.DeriveDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.FilterStep;
import dev.finetide.proto.dataset.v1.JsonlSource;
import dev.finetide.proto.dataset.v1.OverlapAction;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RelabelStep;
import dev.finetide.proto.dataset.v1.Row;
import dev.finetide.proto.dataset.v1.RowChange;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.SplitRules;
import dev.finetide.proto.dataset.v1.StepReport;
import dev.finetide.proto.dataset.v1.UploadHeader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Versions that are made from versions, from the request to the stored rows.
class DerivationTest {
    private static final String DATASET = "projects/default/datasets/tickets";
    private static final String DERIVED = "projects/default/datasets/clean";

    private final IngestStage stage = new IngestStage();
    private final Derivation derivation = new Derivation(stage.ingest, stage.blobs, stage.staging, limit -> {
        throw ApiException.invalidField("length", "is not known here");
    });

    private DatasetVersion pushed(String dataset, String train, String test) throws IOException {
        return stage.ingest.create(
                UploadHeader.newBuilder()
                        .setDataset(dataset)
                        .setJsonl(JsonlSource.getDefaultInstance())
                        .build(),
                new UploadedFiles() {
                    @Override
                    public InputStream train() {
                        return stream(train);
                    }

                    @Override
                    public Optional<InputStream> test() {
                        return Optional.of(stream(test));
                    }
                });
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String rows(int from, int to, String answer) {
        StringBuilder rows = new StringBuilder();
        for (int i = from; i < to; i++) {
            rows.append("{\"prompt\":\"question %d\",\"completion\":\"%s\"}\n".formatted(i, answer));
        }
        return rows.toString();
    }

    private static RecipeSource source(DatasetVersion version) {
        return RecipeSource.newBuilder().setDatasetVersion(version.getName()).build();
    }

    private static RecipeStep filter(String expression) {
        return RecipeStep.newBuilder()
                .setFilter(FilterStep.newBuilder().setExpression(expression))
                .build();
    }

    private DatasetVersion derive(DeriveDatasetVersionRequest.Builder request) throws IOException {
        return derivation.derive(request.setDataset(DERIVED).build(), new ImportCounter());
    }

    private DatasetVersion derive(Recipe.Builder recipe) throws IOException {
        return derive(DeriveDatasetVersionRequest.newBuilder().setRecipe(recipe));
    }

    private List<Row> read(DatasetVersion version, String split) throws IOException {
        List<Row> rows = new ArrayList<>();
        try (RowSource source = RowSource.open(
                stage.blobs,
                version,
                ReadRowsRequest.newBuilder().setSplit(split).build())) {
            while (source.hasNext()) {
                rows.add(source.next());
            }
        }
        return rows;
    }

    @Test
    void aRecipeIsStoredWithItsSourcesAndCounts() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 10, "a"), rows(100, 102, "a"));
        DatasetVersion two = pushed(DATASET, rows(5, 15, "b"), rows(101, 104, "b"));

        DatasetVersion derived = derive(Recipe.newBuilder()
                .addSources(source(one))
                .addSources(RecipeSource.newBuilder().setDatasetVersion(DATASET + "/versions/latest"))
                .addSteps(RecipeStep.newBuilder()
                        .setDedupe(DedupeStep.newBuilder().setKind(DedupeKind.EXACT_INPUT)))
                .addSteps(filter("!input.endsWith('0')")));

        assertThat(derived.getName()).isEqualTo(DERIVED + "/versions/1");
        assertThat(derived.getRecipe().getSourcesList())
                .extracting(RecipeSource::getDatasetVersion)
                .containsExactly(one.getName(), two.getName());
        assertThat(derived.getStepsList())
                .extracting(StepReport::getStep, StepReport::getRowsIn, StepReport::getRowsOut)
                .containsExactly(tuple("dedupe input", 25L, 19L), tuple("filter", 19L, 16L));
        assertThat(derived.getTrainRows()).isEqualTo(13);
        assertThat(derived.getTestRows()).isEqualTo(3);
        assertThat(read(derived, "train").getFirst().getPlace().getLine()).isEqualTo(2);
        assertThat(stage.publisher.types()).hasSize(3).containsOnly("DatasetVersionPublished");
    }

    @Test
    void theSameContentIsTheVersionThatExists() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 10, "a"), rows(100, 102, "a"));

        DatasetVersion derived = derivation.derive(
                DeriveDatasetVersionRequest.newBuilder()
                        .setDataset(DATASET)
                        .setRecipe(Recipe.newBuilder().addSources(source(one)).addSteps(filter("true")))
                        .build(),
                new ImportCounter());

        assertThat(derived).isEqualTo(one);
    }

    @Test
    void aRecipeRunsAgainOnTheNewestParents() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 10, "a"), rows(100, 102, "a"));
        DatasetVersion derived = derive(
                Recipe.newBuilder().setSeed(3).addSources(source(one)).addSteps(filter("input != 'question 1'")));
        DatasetVersion two = pushed(DATASET, rows(0, 12, "a"), rows(100, 102, "a"));

        DatasetVersion again = derive(DeriveDatasetVersionRequest.newBuilder().setAgain(derived.getName()));

        assertThat(again.getName()).isEqualTo(DERIVED + "/versions/2");
        assertThat(again.getTrainRows()).isEqualTo(11);
        assertThat(again.getRecipe())
                .isEqualTo(derived.getRecipe().toBuilder()
                        .setSources(0, source(two))
                        .build());
        assertThatThrownBy(() -> derive(DeriveDatasetVersionRequest.newBuilder().setAgain(one.getName())))
                .hasMessageContaining("again: " + one.getName() + " was not made by a recipe");
    }

    @Test
    void theFileOfARelabellingIsKeptForTheNextRun() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 3, "a"), rows(100, 102, "a"));
        String id = read(one, "train").get(1).getId();
        String file = stage.staging
                .stage("projects/default", "labels", stream("{\"id\":\"%s\",\"answer\":\"new\"}".formatted(id)))
                .fileId();
        DatasetVersion derived = derive(Recipe.newBuilder()
                .addSources(source(one))
                .addSteps(RecipeStep.newBuilder()
                        .setRelabel(RelabelStep.newBuilder().setUploadedFile(file))));
        stage.staging.discard("projects/default", file);
        pushed(DATASET, rows(0, 4, "a"), rows(100, 102, "a"));

        DatasetVersion again = derive(DeriveDatasetVersionRequest.newBuilder().setAgain(derived.getName()));

        assertThat(derived.getRecipe().getSteps(0).getRelabel().getSha256()).hasSize(64);
        assertThat(derived.getRecipe().getSteps(0).getRelabel().getUploadedFile())
                .isEmpty();
        assertThat(read(again, "train"))
                .extracting(Row::getJson)
                .contains("{\"prompt\":\"question 1\",\"completion\":\"new\"}")
                .hasSize(4);
    }

    @Test
    void weightsMakeTheLargestMixOfTrainRows() throws IOException {
        DatasetVersion small = pushed(DATASET, rows(0, 20, "small"), rows(100, 102, "a"));
        DatasetVersion large = pushed(DATASET, rows(1_000, 1_500, "large"), rows(200, 203, "a"));

        DatasetVersion mixed = derive(Recipe.newBuilder()
                .addSources(source(small).toBuilder().setWeight(1))
                .addSources(source(large).toBuilder().setWeight(3)));

        assertThat(read(mixed, "train"))
                .filteredOn(row -> row.getJson().contains("small"))
                .hasSize(20);
        assertThat(read(mixed, "train"))
                .filteredOn(row -> row.getJson().contains("large"))
                .hasSizeBetween(60, 63);
        assertThat(mixed.getTestRows()).isEqualTo(5);
        assertThatThrownBy(() -> derive(Recipe.newBuilder()
                        .addSources(source(small).toBuilder().setWeight(1))
                        .addSources(source(large))))
                .hasMessage("recipe.sources[1].weight: is required: other sources have weights");
    }

    @Test
    void aSplitStepHoldsOutRowsAndMovesOverlaps() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 200, "a"), rows(190, 210, "a"));

        DatasetVersion derived = derive(Recipe.newBuilder()
                .addSources(source(one))
                .addSteps(RecipeStep.newBuilder()
                        .setSplit(SplitRules.newBuilder()
                                .setValidationFraction(0.2)
                                .setOverlap(OverlapAction.MOVE_OVERLAP))));

        assertThat(derived.getSplitsList()).extracting(Split::getName).containsExactly("train", "validation", "test");
        assertThat(derived.getSplits(1).getRows()).isBetween(20L, 60L);
        assertThat(derived.getTestRows()).isEqualTo(10);
        assertThat(derived.getSplitRules().getValidationFraction()).isEqualTo(0.2);
    }

    @Test
    void aRecipeThatFailsLeavesNothing() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 10, "a"), rows(100, 102, "a"));
        List<String> before = stage.blobs.list("").stream().map(BlobEntry::key).toList();

        assertThatThrownBy(
                        () -> derive(Recipe.newBuilder().addSources(source(one)).addSteps(filter("false"))))
                .hasMessage("recipe: leaves no row");
        assertThatThrownBy(
                        () -> derive(Recipe.newBuilder().addSources(source(one)).addSteps(filter("split == 'test'"))))
                .hasMessage("recipe: leaves no row in the train split");
        assertThatThrownBy(() -> derive(
                        Recipe.newBuilder().addSources(source(one)).addSteps(filter("10 / (9 - row_number) > 0"))))
                .hasMessageContaining("row 9 of train of " + one.getName());
        assertThatThrownBy(() -> derive(Recipe.newBuilder()
                        .addSources(
                                RecipeSource.newBuilder().setDatasetVersion("projects/other/datasets/d/versions/1"))))
                .hasMessageContaining("expected a version of projects/default");

        assertThat(stage.blobs.list("")).extracting(BlobEntry::key).containsExactlyElementsOf(before);
        assertThat(stage.store.abandonedUploads(stage.clock.instant().plusSeconds(1)))
                .isEmpty();
    }

    @Test
    void theSameRequestIsAnsweredOnce() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 10, "a"), rows(100, 102, "a"));
        DeriveDatasetVersionRequest.Builder request = DeriveDatasetVersionRequest.newBuilder()
                .setRequestId(UUID.randomUUID().toString())
                .setRecipe(Recipe.newBuilder()
                        .addSources(RecipeSource.newBuilder().setDatasetVersion(DATASET + "/versions/latest"))
                        .addSteps(filter("input != 'question 1'")));
        DatasetVersion derived = derive(request);
        pushed(DATASET, rows(0, 11, "a"), rows(100, 102, "a"));

        assertThat(derive(request)).isEqualTo(derived);
        assertThat(derived.getRecipe().getSources(0)).isEqualTo(source(one));
        request.getRecipeBuilder().setSeed(9);
        assertThatThrownBy(() -> derive(request)).hasMessageContaining("from another request");
    }

    @Test
    void theDifferenceOfTwoVersionsIsByInput() throws IOException {
        DatasetVersion one = pushed(DATASET, rows(0, 10, "a") + rows(3, 4, "a"), rows(100, 102, "a"));
        DatasetVersion two = pushed(
                DATASET, rows(0, 2, "b") + rows(2, 8, "a") + rows(50, 55, "c"), rows(100, 102, "a") + rows(9, 10, "a"));

        DatasetDiff diff = VersionDiff.of(stage.blobs, one, two, 2);

        // Rows 0 and 1 have other answers, 9 another split; 8 and the second 3 are gone.
        assertThat(diff.getChanged()).isEqualTo(3);
        assertThat(diff.getRemoved()).isEqualTo(2);
        assertThat(diff.getAdded()).isEqualTo(5);
        assertThat(diff.getUnchanged()).isEqualTo(8);
        assertThat(diff.getSplitsList())
                .extracting(split -> split.getSplit() + split.getOldRows() + ">" + split.getNewRows())
                .containsExactly("train11>13", "test2>3");
        assertThat(diff.getExamplesList()).hasSize(6);
        assertThat(diff.getExamplesList())
                .filteredOn(RowChange::hasOld)
                .filteredOn(RowChange::hasNew)
                .extracting(
                        change -> change.getOld().getJson() + change.getNew().getJson())
                .containsExactly(
                        "{\"prompt\":\"question 0\",\"completion\":\"a\"}{\"prompt\":\"question 0\",\"completion\":\"b\"}",
                        "{\"prompt\":\"question 1\",\"completion\":\"a\"}{\"prompt\":\"question 1\",\"completion\":\"b\"}");
        assertThat(VersionDiff.of(stage.blobs, one, one, 0).getUnchanged()).isEqualTo(13);
    }
}

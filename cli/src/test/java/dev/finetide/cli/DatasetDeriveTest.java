package dev.finetide.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.finetide.cli.platform.Datasets;
import dev.finetide.cli.platform.Platform;
import dev.finetide.proto.dataset.v1.DedupeKind;
import dev.finetide.proto.dataset.v1.DedupeStep;
import dev.finetide.proto.dataset.v1.DeriveDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.FieldMapping;
import dev.finetide.proto.dataset.v1.FilterStep;
import dev.finetide.proto.dataset.v1.LengthLimit;
import dev.finetide.proto.dataset.v1.MapStep;
import dev.finetide.proto.dataset.v1.OverlapAction;
import dev.finetide.proto.dataset.v1.Recipe;
import dev.finetide.proto.dataset.v1.RecipeSource;
import dev.finetide.proto.dataset.v1.RecipeStep;
import dev.finetide.proto.dataset.v1.RedactKind;
import dev.finetide.proto.dataset.v1.RedactStep;
import dev.finetide.proto.dataset.v1.RelabelStep;
import dev.finetide.proto.dataset.v1.SampleStep;
import dev.finetide.proto.dataset.v1.SplitRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetDeriveTest {
    private static final String VERSIONS = "projects/default/datasets/tickets/versions/";

    @TempDir
    Path directory;

    private final Datasets datasets = new Datasets();
    private Platform platform;

    @BeforeEach
    void start() {
        platform = new Platform(datasets);
    }

    @AfterEach
    void stop() {
        platform.close();
    }

    @Test
    void stepsHaveTheOrderOfTheCommandLine() throws IOException {
        Path labels = Files.writeString(directory.resolve("labels.jsonl"), "{}\n");

        CliRun run = derive(
                "--filter",
                "size(answer) > 0",
                "--from",
                "tickets@3",
                "--dedupe",
                "near:0.9",
                "--filter",
                "split == 'train'",
                "--redact",
                "--redact",
                "email,ip-address",
                "--max-length",
                "context",
                "--base",
                "tiny",
                "--map",
                "tags.source=\"a=b\"",
                "--relabel",
                labels.toString(),
                "--resplit",
                "test=0.2,group=customer,overlap=move",
                "--sample",
                "5",
                "--splits",
                "train,validation",
                "--seed",
                "7");

        assertThat(run.exitCode()).as(run.err()).isZero();
        Recipe recipe = datasets.derivations.getFirst().getRecipe();
        assertThat(recipe.getSeed()).isEqualTo(7);
        assertThat(recipe.getSourcesList())
                .containsExactly(RecipeSource.newBuilder()
                        .setDatasetVersion(VERSIONS + "3")
                        .build());
        assertThat(recipe.getStepsList())
                .containsExactly(
                        step().setFilter(FilterStep.newBuilder().setExpression("size(answer) > 0"))
                                .build(),
                        step().setDedupe(DedupeStep.newBuilder()
                                        .setKind(DedupeKind.NEAR_INPUT)
                                        .setThreshold(0.9))
                                .build(),
                        step().setFilter(FilterStep.newBuilder().setExpression("split == 'train'"))
                                .build(),
                        step().setRedact(RedactStep.getDefaultInstance()).build(),
                        step().setRedact(RedactStep.newBuilder()
                                        .addKinds(RedactKind.EMAIL)
                                        .addKinds(RedactKind.IP_ADDRESS))
                                .build(),
                        step().setMaxLength(LengthLimit.newBuilder()
                                        .setBase("projects/default/bases/tiny")
                                        .setLeaveOut(true))
                                .build(),
                        step().setMap(MapStep.newBuilder()
                                        .addFields(FieldMapping.newBuilder()
                                                .setField("tags.source")
                                                .setExpression("\"a=b\"")))
                                .build(),
                        step().setRelabel(RelabelStep.newBuilder()
                                        .setUploadedFile(
                                                datasets.headers.getFirst().getFileId()))
                                .build(),
                        RecipeStep.newBuilder()
                                .setSplit(SplitRules.newBuilder()
                                        .setTestFraction(0.2)
                                        .setGroupColumn("customer")
                                        .setOverlap(OverlapAction.MOVE_OVERLAP))
                                .build(),
                        step().setSample(SampleStep.newBuilder().setRows(5)).build());
    }

    @ParameterizedTest
    @CsvSource({"0.1,0.1", "10%,0.1", "2.5%,0.025", ".5,0.5"})
    void aSampleWithAPointOrAPercentSignIsAFraction(String typed, double fraction) {
        derive("--from", "tickets", "--sample", typed);

        assertThat(datasets.derivations
                        .getFirst()
                        .getRecipe()
                        .getSteps(0)
                        .getSample()
                        .getFraction())
                .isEqualTo(fraction);
    }

    @Test
    void sourcesHaveWeightsAndTags() {
        derive("--from", "tickets@v1.5:2.5", "--from", "tickets@prod", "--from", "tickets:1");

        assertThat(datasets.derivations.getFirst().getRecipe().getSourcesList())
                .containsExactly(
                        RecipeSource.newBuilder()
                                .setDatasetVersion(VERSIONS + "v1.5")
                                .setWeight(2.5)
                                .build(),
                        RecipeSource.newBuilder()
                                .setDatasetVersion(VERSIONS + "prod")
                                .build(),
                        RecipeSource.newBuilder()
                                .setDatasetVersion(VERSIONS + "latest")
                                .setWeight(1)
                                .build());
    }

    @Test
    void aStoredRecipeRunsAgainOnOtherParents() {
        derive("--again", "clean@2", "--from", "tickets@9");

        DeriveDatasetVersionRequest request = datasets.derivations.getFirst();
        assertThat(request.getAgain()).isEqualTo("projects/default/datasets/clean/versions/2");
        assertThat(request.getRecipe().getSources(0).getDatasetVersion()).isEqualTo(VERSIONS + "9");
        derive("--again", "clean@2");
        assertThat(datasets.derivations.getLast().hasRecipe()).isFalse();
    }

    @Test
    void aRecipeOfAFileIsThatOfJsonOutput() throws IOException {
        derive("--from", "tickets@3", "--sample", "5", "--seed", "9");
        String shown = CliRun.against(platform, "dataset", "show", "clean@1", "-o", "json")
                .out();
        String recipe =
                JsonParser.parseString(shown).getAsJsonObject().get("recipe").toString();
        Path file = Files.writeString(directory.resolve("recipe.json"), recipe);

        CliRun run = derive("--recipe", file.toString());

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(datasets.derivations.getLast().getRecipe())
                .isEqualTo(datasets.derivations.getFirst().getRecipe());
        assertThat(derive("--recipe", Files.writeString(file, "{\"what\": 1}").toString())
                        .exitCode())
                .isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--filter true|which versions",
                "--from tickets --sample many|--sample: expected a number of rows",
                "--from tickets --dedupe often|--dedupe: expected row",
                "--from tickets --redact names|--redact: expected email, phone, card",
                "--from tickets --max-length 5|--max-length needs --base",
                "--from tickets --map prompt|--map: expected FIELD=CEL",
                "--from tickets --resplit train=1|--resplit: expected validation=FRACTION",
                "--again clean@1 --filter true|--again runs a stored recipe"
            })
    void aStepThatIsNoneIsAUsageError(String options, String message) {
        CliRun run = derive(options.split(" "));

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(datasets.derivations).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "recipe.steps[0].filter.expression, --filter",
        "recipe.steps[1].map.fields[0].expression, --map",
        "recipe.sources[0].dataset_version, --from"
    })
    void aRefusedFieldIsNamedByItsOption(String field, String option) {
        datasets.refuseField.set(field);

        CliRun run = derive("--from", "tickets", "--filter", "x", "--map", "answer=y");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.err()).isEqualToNormalizingNewlines("finetide: " + option + " (" + field + "): is wrong\n");
    }

    private static RecipeStep.Builder step() {
        return RecipeStep.newBuilder().addSplits("train").addSplits("validation");
    }

    private CliRun derive(String... options) {
        return CliRun.against(
                platform,
                Stream.concat(Stream.of("dataset", "derive", "clean"), Stream.of(options))
                        .toArray(String[]::new));
    }
}

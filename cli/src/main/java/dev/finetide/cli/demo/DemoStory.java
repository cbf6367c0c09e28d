package dev.finetide.cli.demo;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.base.BaseUpload;
import dev.finetide.cli.base.ModelDirectory;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.dataset.push.DatasetImport;
import dev.finetide.cli.eval.ReportPage;
import dev.finetide.cli.generate.Answer;
import dev.finetide.cli.model.ModelPull;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.run.RunDisplay;
import dev.finetide.cli.run.RunFollower;
import dev.finetide.cli.run.RunOutcome;
import dev.finetide.cli.worker.WorkerProcess;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.evaluation.v1.Evaluation;
import dev.finetide.proto.model.v1.Base;
import dev.finetide.proto.model.v1.ModelVersion;
import dev.finetide.proto.training.v1.CreateTrainingRunRequest;
import dev.finetide.proto.training.v1.TrainingConfig;
import dev.finetide.proto.training.v1.TrainingRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// The demo's steps on a running stack, each done as a user would do it.
final class DemoStory {
    private static final Names NAMES = new Names("default");
    private static final String MODEL = "support-desk";
    private static final String BASE = "demo-base";

    private final Services services;
    private final DemoMaterial material;
    private final Steps steps;
    private final PrintWriter progress;

    /// @param progress receives progress bars and notes
    DemoStory(Services services, DemoMaterial material, Steps steps, PrintWriter progress) {
        this.services = services;
        this.material = material;
        this.steps = steps;
        this.progress = progress;
    }

    DatasetVersion pushDataset() throws IOException {
        steps.begin("publish the dataset");
        ImportDatasetVersionRequest.Builder request = ImportDatasetVersionRequest.newBuilder()
                .setDataset(NAMES.dataset(MODEL))
                .setRequestId(UUID.randomUUID().toString());
        DatasetVersion version = new DatasetImport(
                        services.datasets(), NAMES.parent(), EmbeddedPostgres.userCache(), progress)
                .run(material.train(), material.test(), request);
        steps.say(Names.brief(version.getName()) + ": " + version.getTrainRows() + " train rows, "
                + version.getTestRows() + " held-out rows");
        return version;
    }

    Base addBase() throws IOException {
        steps.begin("add the base model");
        Base base = new BaseUpload(services.bases(), NAMES, progress)
                .add(BASE, ModelDirectory.read(material.base(), progress), "");
        steps.say(Names.brief(base.getName()) + ": " + base.getModelType() + ", digest "
                + Formats.digest(base.getDigest()));
        return base;
    }

    RunOutcome train(TrainingConfig recipe, DatasetVersion dataset, Base base) {
        steps.begin("fine-tune, evaluate, decide");
        CreateTrainingRunRequest request = CreateTrainingRunRequest.newBuilder()
                .setParent(NAMES.parent())
                .setRequestId(UUID.randomUUID().toString())
                .setConfig(recipe.toBuilder()
                        .setDatasetVersion(dataset.getName())
                        .setBase(base.getName())
                        .setModel(NAMES.model(MODEL)))
                .build();
        TrainingRun run = services.runs().call(stub -> stub.createTrainingRun(request));
        try (RunDisplay display = new RunDisplay(progress)) {
            return new RunFollower(services, display).follow(run.getName());
        }
    }

    void showReport(RunOutcome outcome) {
        steps.begin("what to do, and why");
        outcome.evaluation()
                .filter(Evaluation::hasReport)
                .ifPresent(evaluation -> new ReportPage(evaluation.getReport()).print(steps.out()));
        outcome.modelVersion().ifPresent(version -> {
            steps.say(Names.brief(version.getName()) + ": "
                    + version.getState()
                            .name()
                            .toLowerCase(java.util.Locale.ROOT)
                            .replace('_', ' '));
            version.getReasonsList().forEach(steps::say);
        });
    }

    void pull(ModelVersion version, Path folder) throws IOException {
        steps.begin("pull the approved adapter");
        new ModelPull(services.models(), progress).into(folder, version);
        steps.say(version.getFilesCount() + " files in " + folder + ", every SHA-256 checked");
    }

    void answer(Path home, Path adapter, int maxNewTokens) throws IOException {
        steps.begin("answer one held-out prompt with base and adapter");
        DemoMaterial.Example example = material.example();
        List<Answer> answers = new ArrayList<>();
        new WorkerProcess(home)
                .run(
                        List.of(
                                "generate",
                                "--base=" + material.base(),
                                "--adapter=" + adapter,
                                "--compare",
                                "--max-new-tokens=" + maxNewTokens,
                                "--prompt=" + example.prompt(),
                                "--output=json"),
                        line -> answers.add(Answer.parse(line)));
        if (answers.size() != 2) {
            throw CommandFailedException.failed("the gpu-worker gave " + answers.size() + " answers, expected 2");
        }
        steps.say("prompt:   " + example.prompt().strip());
        for (Answer answer : answers) {
            steps.say((answer.variant() + ":         ").substring(0, 10)
                    + answer.output().strip());
        }
        steps.say("expected: " + example.expected().strip());
    }
}

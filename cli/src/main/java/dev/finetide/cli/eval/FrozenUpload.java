package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.client.Services;
import dev.finetide.cli.dataset.push.DatasetImport;
import dev.finetide.embedded.EmbeddedPostgres;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.GetDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.Split;
import dev.finetide.proto.dataset.v1.SplitRules;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Pushes files of collected answers as versions of a dataset of their own, so that arms can name them.
public final class FrozenUpload {
    /// Begins the name of a file in an arm whose answers are not pushed yet.
    static final String FILE = "file:";

    private final Services services;
    private final Names names;
    private final PrintWriter notes;

    FrozenUpload(Services services, Names names, PrintWriter notes) {
        this.services = services;
        this.names = names;
        this.notes = notes;
    }

    /// Refuses arms with files of answers.
    ///
    /// @throws CommandFailedException USAGE naming the arm
    public static void refuse(List<Arm> arms) {
        arms.stream()
                .filter(arm -> !arm.getFrozenAnswers().isEmpty())
                .findFirst()
                .ifPresent(arm -> {
                    throw new CommandFailedException(
                            ExitCode.USAGE,
                            "arm " + arm.getName()
                                    + ": collected answers can be compared by finetide eval create alone");
                });
    }

    /// Pushes the files that arms name. All files are checked before the first one is pushed.
    ///
    /// @throws CommandFailedException REFUSED naming the line of an answer that cannot be
    void push(EvaluationSpec.Builder spec) throws IOException {
        List<Arm> arms = spec.getConfig().getArmsList();
        if (arms.stream().noneMatch(arm -> arm.getFrozenAnswers().startsWith(FILE))) {
            return;
        }
        DatasetVersion asked = services.datasets()
                .call(stub -> stub.getDatasetVersion(GetDatasetVersionRequest.newBuilder()
                        .setName(spec.getDatasetVersion())
                        .build()));
        List<Optional<FrozenFile>> files = new ArrayList<>();
        for (Arm arm : arms) {
            String named = arm.getFrozenAnswers();
            files.add(
                    named.startsWith(FILE)
                            ? Optional.of(FrozenFile.read(
                                    Path.of(named.substring(FILE.length())), rows(asked, spec), needed(asked, spec)))
                            : Optional.empty());
        }
        for (int i = 0; i < arms.size(); i++) {
            if (files.get(i).isPresent()) {
                spec.getConfigBuilder()
                        .getArmsBuilder(i)
                        .setFrozenAnswers(pushed(files.get(i).get(), asked));
            }
        }
    }

    private static long rows(DatasetVersion asked, EvaluationSpec.Builder spec) {
        String split = spec.getSplit().isEmpty() ? "test" : spec.getSplit();
        return asked.getSplitsList().stream()
                .filter(of -> of.getName().equals(split))
                .mapToLong(Split::getRows)
                .findFirst()
                .orElse(split.equals("test") ? asked.getTestRows() : 0);
    }

    /// Returns the number of rows that need an answer. Rows that are left out are only known to the
    /// worker.
    private static long needed(DatasetVersion asked, EvaluationSpec.Builder spec) {
        if (spec.getLeaveOutCount() > 0) {
            return 0;
        }
        return spec.getConfig().hasMaxRows()
                ? Math.min(rows(asked, spec), spec.getConfig().getMaxRows())
                : rows(asked, spec);
    }

    private String pushed(FrozenFile file, DatasetVersion asked) throws IOException {
        Path rows = Files.createTempFile("answers-", ".jsonl");
        try {
            file.writeRows(rows);
            String of = asked.getName().split("/", -1)[3];
            ImportDatasetVersionRequest.Builder request = ImportDatasetVersionRequest.newBuilder()
                    .setDataset(names.dataset(of.substring(0, Math.min(of.length(), 50)) + "-answers"))
                    .setRequestId(UUID.randomUUID().toString())
                    .setRead(ReadOptions.newBuilder()
                            .setContainer("jsonl")
                            .setShape("prompt-completion")
                            .setAllowEmpty(true))
                    .setSplit(SplitRules.newBuilder().setTestFraction(0));
            return new DatasetImport(services.datasets(), names.parent(), EmbeddedPostgres.userCache(), notes)
                    .run(rows, request)
                    .getName();
        } finally {
            Files.deleteIfExists(rows);
        }
    }
}

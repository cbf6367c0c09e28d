package dev.finetide.suitability.verdict;

import static dev.finetide.metrics.fitness.FitnessRules.ONE_SCHEMA;
import static dev.finetide.metrics.fitness.FitnessRules.SOME_SCHEMA;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_BEYOND_CONTEXT;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_DUPLICATES;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_LEAKS;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_PERSONAL;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_REFUSALS;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_REWORDED;
import static dev.finetide.metrics.fitness.FitnessRules.TOLERATED_UNSAFE;

import dev.finetide.proto.dataset.v1.DuplicatesSection;
import dev.finetide.proto.dataset.v1.DuplicatesSection.SplitLeak;
import dev.finetide.proto.dataset.v1.Fitness;
import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.PermissionSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.Share;
import dev.finetide.proto.dataset.v1.SuitabilityReportOrBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Rules about what is to be looked at before training, and leaves the path as it is.
final class CautionRules {
    private final SuitabilityReportOrBuilder report;
    private final VersionCommands commands;

    CautionRules(Evidence evidence, VersionCommands commands) {
        this.report = evidence.report();
        this.commands = commands;
    }

    List<Judgement> all() {
        List<Judgement> found = new ArrayList<>();
        PermissionSection permission = report.getPermission();
        leak().ifPresent(found::add);
        more(
                        near(),
                        TOLERATED_DUPLICATES,
                        "of the questions are near to an earlier one",
                        of(FoundKind.NEAR_DUPLICATE, report.getDuplicates().getExamplesList()),
                        commands.derive("--dedupe near"))
                .ifPresent(found::add);
        more(
                        report.getContradictions().getReworded(),
                        TOLERATED_REWORDED,
                        "of the rows have a question that stands there again with an answer in other words: look whether both say the same",
                        of(FoundKind.REWORDED, report.getContradictions().getExamplesList()),
                        commands.found("reworded"))
                .ifPresent(found::add);
        more(
                        permission.getPersonal(),
                        TOLERATED_PERSONAL,
                        "of the rows have personal data",
                        of(FoundKind.PERSONAL_DATA, permission.getExamplesList()),
                        commands.derive("--redact"))
                .ifPresent(found::add);
        more(
                        permission.getUnsafe(),
                        TOLERATED_UNSAFE,
                        "of the rows have unsafe texts",
                        of(FoundKind.UNSAFE, permission.getExamplesList()),
                        commands.found("unsafe"))
                .ifPresent(found::add);
        more(
                        permission.getRefusals(),
                        TOLERATED_REFUSALS,
                        "of the answers refuse, which is learnt, too",
                        of(FoundKind.REFUSAL, permission.getExamplesList()),
                        commands.found("refusal"))
                .ifPresent(found::add);
        more(
                        report.getWithBase().getBeyondContext(),
                        TOLERATED_BEYOND_CONTEXT,
                        "of the rows are longer than the base's context",
                        List.of(),
                        commands.found("beyond-context"))
                .ifPresent(found::add);
        schema().ifPresent(found::add);
        return found;
    }

    private Share near() {
        return report.getDuplicates().getNearQuestions();
    }

    private Optional<Judgement> leak() {
        DuplicatesSection duplicates = report.getDuplicates();
        return duplicates.getLeaksList().stream()
                .filter(leak -> rate(leak) > TOLERATED_LEAKS)
                .findFirst()
                .map(leak -> Judgement.against(
                                Fitness.FITS_WITH_CAUTION,
                                format(
                                        "%.1f %% of the %s questions stand in %s, too, in equal or nearly equal words: scores on them are too good.",
                                        100 * rate(leak), leak.getSplit(), leak.getEarlier()),
                                rate(leak),
                                TOLERATED_LEAKS)
                        .withRows(of(FoundKind.LEAK, duplicates.getExamplesList()))
                        .withStep(commands.derive("--dedupe near")));
    }

    /// Returns the share of near questions, which has the equal ones.
    private static double rate(SplitLeak leak) {
        return Math.max(
                Evidence.rate(leak.getEqual()).orElse(0.0),
                Evidence.rate(leak.getNear()).orElse(0.0));
    }

    private static List<RowFound> of(FoundKind kind, List<RowFound> rows) {
        return rows.stream().filter(row -> row.getKind() == kind).toList();
    }

    private Optional<Judgement> schema() {
        return Evidence.rate(report.getContents().getOneSchema())
                .filter(rate -> rate >= SOME_SCHEMA && rate < ONE_SCHEMA)
                .map(rate -> Judgement.against(
                                Fitness.FITS_WITH_CAUTION,
                                format("%.1f %% of the JSON answers follow one schema.", 100 * rate),
                                rate,
                                ONE_SCHEMA)
                        .withRows(report.getContents().getOddAnswersList())
                        .withStep(commands.found("odd-schema")));
    }

    private static Optional<Judgement> more(
            Share share, double tolerated, String what, List<RowFound> rows, String step) {
        return Evidence.rate(share)
                .filter(rate -> rate > tolerated)
                .map(rate -> Judgement.against(
                                Fitness.FITS_WITH_CAUTION, format("%.1f %% %s.", 100 * rate, what), rate, tolerated)
                        .withRows(rows)
                        .withStep(step));
    }

    private static String format(String sentence, Object... numbers) {
        return String.format(Locale.ROOT, sentence, numbers);
    }
}

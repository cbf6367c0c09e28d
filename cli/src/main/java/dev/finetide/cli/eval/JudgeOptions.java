package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.EvaluationSpec;
import dev.finetide.proto.evaluation.v1.JudgeConfig;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/// Options of the judge of an evaluation: a model behind an endpoint that compares the arms' answers.
final class JudgeOptions {
    /// The option that sets a field, by the field's path in the request.
    static final Map<String, String> OPTION_BY_FIELD = Map.of(
            "spec.judge", "--judge",
            "spec.judge.endpoint.url", "--judge",
            "spec.judge.endpoint.model", "--judge",
            "spec.judge.endpoint.key", "--judge",
            "spec.judge.criteria", "--judge-criteria",
            "spec.judge.against", "--judge-against",
            "spec.judge.max_rows", "--judge-rows",
            "spec.judge.labels", "--judge-labels",
            "spec.judge.max_tokens", "--judge-tokens");

    @Option(
            names = "--judge",
            paramLabel = "endpoint:MODEL@URL",
            description =
                    "A model that says of each arm's answer and the base's which is better, with the parts of an"
                            + " endpoint arm: key, price, at-once, timeout; default: nobody judges, because each question costs.")
    private String judge;

    @Option(
            names = "--judge-criteria",
            paramLabel = "TEXT|@FILE",
            description = "Which answer is better; default: the more correct one.")
    private String criteria;

    @Option(
            names = "--judge-against",
            paramLabel = "ARM",
            description = "The arm against which each other arm is judged; default: the base.")
    private String against;

    @Option(
            names = "--judge-rows",
            paramLabel = "ROWS",
            description = "Rows that are judged, those with a human label first; default: 200. Each takes two questions"
                    + " a pair of arms.")
    private Integer rows;

    @Option(
            names = "--judge-labels",
            paramLabel = "NAME[@VERSION]",
            description = "A dataset with human labels, which say how far the judge can be trusted: prompt: the row's"
                    + " number, completion: A, B or tie, tags arm_a and arm_b.")
    private String labels;

    @Option(
            names = "--judge-tokens",
            paramLabel = "TOKENS",
            description = "Tokens of the longest reply; default: 16. A model that thinks first needs more.")
    private Integer tokens;

    @Option(names = "--judge-expected", description = "The judge also reads the expected answer.")
    private boolean expected;

    /// Adds the judge to a request, if one is asked for.
    ///
    /// @throws CommandFailedException USAGE if the text names no endpoint, or an option lacks its judge
    void addTo(EvaluationSpec.Builder spec, Names names) throws IOException {
        if (judge == null) {
            if (expected || Stream.of(criteria, against, rows, labels, tokens).anyMatch(option -> option != null)) {
                throw new CommandFailedException(
                        ExitCode.USAGE, "options of a judge need one: --judge endpoint:MODEL@https://HOST/PATH");
            }
            return;
        }
        Arm parsed = ArmText.parse("judge=" + judge, names);
        if (parsed.getModel() != ArmModel.ENDPOINT || parsed.getPromptingsCount() > 0) {
            throw new CommandFailedException(
                    ExitCode.USAGE,
                    "--judge: expected endpoint:MODEL@https://HOST/PATH with the parts key, price, at-once and timeout");
        }
        JudgeConfig.Builder config =
                JudgeConfig.newBuilder().setEndpoint(parsed.getEndpoint()).setShowExpected(expected);
        if (criteria != null) {
            config.setCriteria(ScoringOptions.textOrFile(criteria));
        }
        if (against != null) {
            config.setAgainst(against);
        }
        if (rows != null) {
            config.setMaxRows(rows);
        }
        if (labels != null) {
            config.setLabels(names.datasetVersion(labels));
        }
        if (tokens != null) {
            config.setMaxTokens(tokens);
        }
        spec.setJudge(config);
    }
}

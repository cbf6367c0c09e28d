package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.BehaviourConfig;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.training.v1.EvaluationConfig;
import java.util.List;

/// The options of probes beside the task, as users typed them. Commands spell these options in two
/// ways: `--behaviour` of an evaluation is `--eval-behaviour` of a run. Null stands for an option
/// that was not given.
///
/// @param outOfDomain name of a split, or NAME@VERSION of a dataset version
/// @param datasets dataset versions on which the loss is measured
public record ProbeOptions(
        List<BehaviourKind> kinds,
        Integer rows,
        String outOfDomain,
        List<String> datasets,
        Integer givenTokens,
        Integer repeatedTokens) {
    /// Returns the settings with the probes; the same settings where no option was given.
    public EvaluationConfig in(EvaluationConfig config, Names names) {
        BehaviourConfig.Builder behaviour = BehaviourConfig.newBuilder();
        kinds.stream().distinct().forEach(behaviour::addProbes);
        datasets.forEach(dataset -> behaviour.addDatasets(names.datasetVersion(dataset)));
        if (rows != null) {
            behaviour.setRows(rows);
        }
        if (outOfDomain != null) {
            boolean isVersion = outOfDomain.contains("@") || outOfDomain.contains("/");
            behaviour.setOutOfDomain(isVersion ? names.datasetVersion(outOfDomain) : outOfDomain);
        }
        if (givenTokens != null) {
            behaviour.setGivenTokens(givenTokens);
        }
        if (repeatedTokens != null) {
            behaviour.setRepeatedTokens(repeatedTokens);
        }
        return behaviour.build().equals(BehaviourConfig.getDefaultInstance())
                ? config
                : config.toBuilder().setBehaviour(behaviour).build();
    }
}

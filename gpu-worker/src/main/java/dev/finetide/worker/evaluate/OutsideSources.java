package dev.finetide.worker.evaluate;

import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.endpoint.EndpointKeys;
import dev.finetide.worker.evaluate.endpoint.Patience;
import java.util.List;
import java.util.function.Function;

/// Everything that arms need whose answers come from outside of the engine.
///
/// @param keys keys of endpoints
/// @param patience how often an endpoint is tried
/// @param frozenAnswers reads the collected answers of an arm
public record OutsideSources(
        EndpointKeys keys, Patience patience, Function<EvaluationArm, List<SourcedRow>> frozenAnswers) {}

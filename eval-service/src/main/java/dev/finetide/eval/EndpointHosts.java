package dev.finetide.eval;

import dev.finetide.kit.error.Printable;
import dev.finetide.kit.rule.OutsideArmRules;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Endpoint;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The hosts whose endpoints arms and judges may call. A worker calls from inside the network and with this
/// installation's keys, so an operator names the hosts.
///
/// @param allowed hosts in lower case; `*` allows all
record EndpointHosts(Set<String> allowed) {
    static final EndpointHosts ALL = new EndpointHosts(Set.of("*"));

    EndpointHosts {
        allowed = allowed.stream()
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .collect(Collectors.toUnmodifiableSet());
    }

    /// Returns why an arm's endpoint may not be called; empty for other arms.
    Optional<String> problem(Arm arm) {
        return arm.getModel() == ArmModel.ENDPOINT ? problem(arm.getEndpoint()) : Optional.empty();
    }

    /// Returns why an endpoint may not be called.
    Optional<String> problem(Endpoint endpoint) {
        String host = OutsideArmRules.host(endpoint.getUrl()).orElse("");
        return allowed.contains("*") || allowed.contains(host)
                ? Optional.empty()
                : Optional.of("expected a host of eval-service's evaluation.endpoint-hosts, got " + Printable.of(host));
    }
}

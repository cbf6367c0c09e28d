package dev.finetide.kit.rule;

import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Task;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Checks the rules of arms whose answers come from outside of the engine: an endpoint, collected
/// answers, a linear model.
public final class OutsideArmRules {
    private OutsideArmRules() {}

    /// Whether an arm's answers come from outside of the engine.
    public static boolean isOutside(Arm arm) {
        return switch (arm.getModel()) {
            case ENDPOINT, FROZEN, LINEAR -> true;
            case ARM_MODEL_UNSPECIFIED, BASE, TUNED, MODEL_VERSION, UNRECOGNIZED -> false;
        };
    }

    /// Returns the host of an endpoint's address in lower case; empty if the address has none.
    public static Optional<String> host(String url) {
        try {
            return Optional.ofNullable(new URI(url).getHost()).map(host -> host.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException noAddress) {
            return Optional.empty();
        }
    }

    /// @param at name of the arm's field
    /// @param ofRun whether the arm is one of a training run's settings
    static List<FieldViolation> violations(String at, Arm arm, Task task, boolean ofRun) {
        List<FieldViolation> found = new ArrayList<>();
        boolean endpoint = arm.getModel() == ArmModel.ENDPOINT;
        boolean frozen = arm.getModel() == ArmModel.FROZEN;
        if (endpoint != arm.hasEndpoint()) {
            found.add(onlyBeside(at + ".endpoint", "ENDPOINT", arm));
        }
        if (frozen == arm.getFrozenAnswers().isEmpty()) {
            found.add(onlyBeside(at + ".frozen_answers", "FROZEN", arm));
        }
        if (frozen && ofRun) {
            found.add(new FieldViolation(
                    at + ".model", "expected another model than FROZEN, which only an evaluation of its own compares"));
        }
        if (isOutside(arm)) {
            asking(at, arm, task, found);
        }
        if (endpoint && arm.hasEndpoint()) {
            addressProblem(arm.getEndpoint().getUrl())
                    .ifPresent(problem -> found.add(new FieldViolation(at + ".endpoint.url", problem)));
        }
        return found;
    }

    /// Adds what is wrong with the task, and with the way in which an arm outside of the engine is asked.
    private static void asking(String at, Arm arm, Task task, List<FieldViolation> found) {
        boolean endpoint = arm.getModel() == ArmModel.ENDPOINT;
        boolean linear = arm.getModel() == ArmModel.LINEAR;
        if (linear && task != Task.TASK_UNSPECIFIED && task != Task.CLASSIFICATION) {
            found.add(new FieldViolation(
                    at + ".model", "expected another model than LINEAR for " + task + ", because it needs labels"));
        }
        if (arm.getAnswering() == Answering.CHOOSE) {
            found.add(new FieldViolation(
                    at + ".answering", "expected GENERATE beside model " + arm.getModel() + ", got CHOOSE"));
        }
        int most = endpoint ? 1 : 0;
        if (arm.getPromptingsCount() > most) {
            found.add(new FieldViolation(
                    at + ".promptings",
                    endpoint
                            ? "expected one way to ask an endpoint, because every trial is paid for, got "
                                    + arm.getPromptingsCount()
                            : "expected none beside model " + arm.getModel() + ", got " + arm.getPromptingsCount()));
        }
    }

    private static FieldViolation onlyBeside(String field, String model, Arm arm) {
        return new FieldViolation(field, "expected it exactly beside model " + model + ", got model " + arm.getModel());
    }

    /// Says what is wrong with an address. A key must travel encrypted, except on this machine, and must
    /// not stand in the address itself.
    public static Optional<String> addressProblem(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException noAddress) {
            return Optional.of("expected https://HOST/PATH, got another text");
        }
        if (uri.getHost() == null) {
            return Optional.of("expected https://HOST/PATH, got no host");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            return Optional.of("expected an address without user, query and fragment: the key has a field of its own");
        }
        return uri.getScheme().equals("https") || isLoopback(uri.getHost())
                ? Optional.empty()
                : Optional.of("expected https, got http, which only this machine's own addresses may use");
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.matches("127(\\.\\d{1,3}){3}") || host.equals("[::1]");
    }
}

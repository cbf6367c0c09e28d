package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Endpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A model outside of the engine as a user types it: `endpoint:MODEL@URL`, `frozen:FILE`, `linear`, and
/// the parts that only an endpoint has.
final class OutsideArmText {
    private static final String ENDPOINT = "endpoint:";
    private static final String FROZEN = "frozen:";
    private static final String LINEAR = "linear";
    private static final Pattern PART = Pattern.compile("(key|price|at-once|timeout)=(.*)");
    private static final Pattern PRICES = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)/(\\d{1,9}(?:\\.\\d{1,9})?)");
    private static final Pattern SECONDS = Pattern.compile("(\\d{1,4}(?:\\.\\d{1,3})?)s?");

    private final String text;
    private final Names names;
    private final Arm.Builder arm;

    /// @param text text of the whole arm, for messages
    OutsideArmText(String text, Names names, Arm.Builder arm) {
        this.text = text;
        this.names = names;
        this.arm = arm;
    }

    /// Whether a text begins with a model outside of the engine, so that an equals sign in it ends no
    /// name.
    static boolean begins(String rest) {
        return rest.startsWith(ENDPOINT) || rest.startsWith(FROZEN);
    }

    /// Reads a model.
    ///
    /// @return whether the part is one
    boolean isModel(String part) {
        if (part.equals(LINEAR)) {
            arm.setModel(ArmModel.LINEAR);
        } else if (part.startsWith(FROZEN)) {
            frozen(part.substring(FROZEN.length()));
        } else if (part.startsWith(ENDPOINT)) {
            endpoint(part.substring(ENDPOINT.length()));
        } else {
            return false;
        }
        return true;
    }

    /// Returns the name of an arm that the user gave none.
    static String derivedName(String part) {
        return part.startsWith(FROZEN) ? "frozen" : part.startsWith(ENDPOINT) ? "endpoint" : LINEAR;
    }

    private void frozen(String what) {
        boolean isFile = Files.exists(Path.of(what)) || what.contains(".") || what.contains("/");
        if (what.isEmpty()) {
            throw ArmText.usage("arm \"" + text + "\": expected frozen:FILE, or frozen:DATASET@VERSION");
        }
        arm.setModel(ArmModel.FROZEN)
                .setFrozenAnswers(
                        isFile && !what.startsWith("projects/")
                                ? FrozenUpload.FILE + what
                                : names.datasetVersion(what));
    }

    private void endpoint(String what) {
        int at = what.indexOf("@http");
        if (at < 1) {
            throw ArmText.usage("arm \"" + text + "\": expected endpoint:MODEL@https://HOST/PATH");
        }
        arm.setModel(ArmModel.ENDPOINT)
                .setEndpoint(
                        Endpoint.newBuilder().setModel(what.substring(0, at)).setUrl(what.substring(at + 1)));
    }

    /// Reads a part that only an endpoint has.
    ///
    /// @return whether the part is one
    boolean isPart(String part) {
        Matcher found = PART.matcher(part);
        if (!found.matches()) {
            return false;
        }
        if (arm.getModel() != ArmModel.ENDPOINT) {
            throw ArmText.usage("arm \"" + text + "\": \"" + found.group(1) + "\" belongs to endpoint:MODEL@URL alone");
        }
        Endpoint.Builder endpoint = arm.getEndpointBuilder();
        String value = found.group(2);
        switch (found.group(1)) {
            case "key" -> endpoint.setKey(value);
            case "price" -> {
                Matcher prices = matched(PRICES, part, "price=IN/OUT of a million tokens, as in price=0.15/0.60");
                endpoint.setInputPrice(Double.parseDouble(prices.group(1)))
                        .setOutputPrice(Double.parseDouble(prices.group(2)));
            }
            case "at-once" ->
                endpoint.setRequestsAtOnce(Integer.parseInt(matched(Pattern.compile("\\d{1,2}"), part, "at-once=NUMBER")
                        .group()));
            default ->
                endpoint.setTimeoutSeconds(Double.parseDouble(
                        matched(SECONDS, part, "timeout=SECONDS").group(1)));
        }
        return true;
    }

    private Matcher matched(Pattern form, String part, String expected) {
        Matcher found = form.matcher(part.substring(part.indexOf('=') + 1));
        if (!found.matches()) {
            throw ArmText.usage("arm \"" + text + "\": \"" + part + "\": expected " + expected);
        }
        return found;
    }
}

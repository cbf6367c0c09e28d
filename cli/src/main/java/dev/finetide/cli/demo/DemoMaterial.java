package dev.finetide.cli.demo;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.cli.eval.ArmText;
import dev.finetide.proto.training.v1.TrainingConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The demo's material: a base, a task's rows and a recipe, shipped by the `demo` module.
record DemoMaterial(Path directory) {
    /// Value of `targets` for all linear layers, the default of a LoRA config.
    private static final String ALL_LINEAR = "all-linear";

    private static final Names NAMES = new Names("default");

    /// One held-out row: the prompt and its correct answer.
    record Example(String prompt, String expected) {}

    Path base() {
        return directory.resolve("base");
    }

    Path train() {
        return directory.resolve("support-desk/train.jsonl");
    }

    Path test() {
        return directory.resolve("support-desk/test.jsonl");
    }

    /// @throws CommandFailedException NOT_FOUND if a file is missing
    DemoMaterial requireComplete() {
        for (Path path : new Path[] {base(), train(), test(), recipeFile()}) {
            if (!Files.exists(path)) {
                throw CommandFailedException.notFound("the demo's " + path + " does not exist");
            }
        }
        return this;
    }

    /// Reads `recipe.json`: fields of TrainingConfig by their JSON names, with the fields of its LoRA and
    /// evaluation settings on the same level, and arms as users type them.
    TrainingConfig recipe() throws IOException {
        try {
            JsonObject flat =
                    JsonParser.parseString(Files.readString(recipeFile())).getAsJsonObject();
            JsonObject config = new JsonObject();
            JsonObject lora = new JsonObject();
            JsonObject evaluation = new JsonObject();
            List<String> arms = new ArrayList<>();
            flat.entrySet().forEach(entry -> {
                String name = entry.getKey();
                JsonElement value = entry.getValue();
                switch (name) {
                    case "method", "schedule", "precision" ->
                        config.addProperty(name, value.getAsString().toUpperCase(Locale.ROOT));
                    case "rank", "alpha", "dropout", "useRslora", "targetModules" -> lora.add(name, value);
                    case "targets" -> {
                        if (value.isJsonArray()) {
                            lora.add("targetModules", value);
                        } else if (!value.getAsString().equals(ALL_LINEAR)) {
                            throw new JsonParseException("targets: expected names or " + ALL_LINEAR + ", got " + value);
                        }
                    }
                    case "maxNewTokens", "maxRows" -> evaluation.add(name, value);
                    case "arms" -> value.getAsJsonArray().forEach(arm -> arms.add(arm.getAsString()));
                    default -> config.add(name, value);
                }
            });
            if (!lora.isEmpty()) {
                config.add("lora", lora);
            }
            config.add("evaluation", evaluation);
            TrainingConfig.Builder recipe = TrainingConfig.newBuilder();
            JsonFormat.parser().merge(config.toString(), recipe);
            recipe.getEvaluationBuilder().addAllArms(ArmText.parseAll(arms, NAMES));
            return recipe.build();
        } catch (InvalidProtocolBufferException | JsonParseException | IllegalStateException wrong) {
            throw CommandFailedException.refused(recipeFile() + ": " + wrong.getMessage());
        }
    }

    /// Returns the first held-out row.
    Example example() throws IOException {
        try (BufferedReader rows = Files.newBufferedReader(test())) {
            JsonObject row = JsonParser.parseString(rows.readLine()).getAsJsonObject();
            if (row.has("prompt")) {
                return new Example(
                        row.get("prompt").getAsString(), row.get("completion").getAsString());
            }
            JsonArray messages = row.getAsJsonArray("messages");
            return new Example(content(messages, "user"), content(messages, "assistant"));
        } catch (JsonParseException | IllegalStateException | NullPointerException wrong) {
            throw CommandFailedException.refused(test() + " line 1: expected a chat or a prompt and completion row");
        }
    }

    private static String content(JsonArray messages, String role) {
        for (JsonElement message : messages) {
            if (message.getAsJsonObject().get("role").getAsString().equals(role)) {
                return message.getAsJsonObject().get("content").getAsString();
            }
        }
        throw new IllegalStateException("no message of role " + role);
    }

    private Path recipeFile() {
        return directory.resolve("recipe.json");
    }
}

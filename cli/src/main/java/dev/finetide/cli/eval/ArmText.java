package dev.finetide.cli.eval;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.ExitCode;
import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// An arm as a user types it: `NAME=MODEL+PART+PART`. [#HELP] describes the form. Systems,
/// instructions and examples of which several are named make one prompting for each combination.
public final class ArmText {
    /// The form for `--help`, as a part of picocli's footer.
    public static final String HELP =
            "ARM is [NAME=]MODEL[+PART]...: a model, and how it is asked. Without parts it is asked as in training.%n"
                    + "  MODEL             base (may be left out), tuned (a run's own result), or MODEL@VERSION of the registry%n"
                    + "  linear            a linear model of words, trained on the train rows; for a classification%n"
                    + "  endpoint:MODEL@URL  a model behind OpenAI's chat completions, with the parts key=FILE (a file of the%n"
                    + "                    workers' directory of keys), price=IN/OUT of a million tokens, at-once=N, timeout=SECONDS%n"
                    + "  frozen:FILE       answers that were collected before: lines of {\"row\": N, \"answer\": \"...\"}%n"
                    + "  similar:K         K answered rows of the train split before the question, the most similar by BM25,%n"
                    + "                    nearest last; similar:K:nearest-first turns them round%n"
                    + "  random:KxDRAWS    K rows drawn at random, the same for all questions; several DRAWS (3 if left out)%n"
                    + "                    show how much the draw decides; random:8x5:seed=7 chooses the seed%n"
                    + "  passages:K        K passages looked up for the question, in --documents or else in the train rows;%n"
                    + "                    passages:K:dense searches by meaning, :fused by words and meaning, and%n"
                    + "                    :in=NAME@VERSION looks in another document set, :in=train in the train rows;%n"
                    + "                    passages:none asks without passages a model that was trained with them%n"
                    + "  passage-text=TEXT text with {passages} and {question} that wraps them; =@FILE reads it%n"
                    + "  instruction=TEXT  text before the question; =@FILE reads it, =task makes it of the labels, =none has none%n"
                    + "  system=TEXT       a system turn; =@FILE reads it, =none has none%n"
                    + "  choose            answer with the most probable label, without writing; for a classification%n"
                    + "Several systems, instructions, examples or passages in one arm are tried on validation rows, and the%n"
                    + "best is taken. Without a NAME the parts give it: similar:8 is similar-8, tuned+similar:4 is%n"
                    + "tuned-similar-4. A text with a + in it must stand in a file.";

    private static final String NONE = "none";
    private static final String PASSAGE_TEXT = "passage-text=";
    private static final int MOST_PROMPTINGS = 32;
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?");

    private final Names names;
    private final String text;
    private final List<String> systems = new ArrayList<>();
    private final List<String> instructions = new ArrayList<>();
    private final List<Examples> examples = new ArrayList<>();
    private final List<Retrieval> passages = new ArrayList<>();
    private final String documents;
    private String passageText = "";
    private boolean withoutPassages;
    private final List<String> derivedName = new ArrayList<>();
    private final Arm.Builder arm = Arm.newBuilder().setModel(ArmModel.BASE);
    private final OutsideArmText outside;

    private ArmText(String text, Names names, String documents) {
        this.documents = documents;
        this.outside = new OutsideArmText(text, names, arm);
        this.text = text;
        this.names = names;
    }

    /// Reads an arm.
    ///
    /// @throws CommandFailedException USAGE if the text is no arm; the message names the part
    /// @throws IOException if a file that the text names cannot be read
    public static Arm parse(String text, Names names) throws IOException {
        return parse(text, names, "");
    }

    private static Arm parse(String text, Names names, String documents) throws IOException {
        return new ArmText(text, names, documents).read();
    }

    /// Reads several arms, whose names must differ.
    public static List<Arm> parseAll(List<String> texts, Names names) throws IOException {
        return parseAll(texts, names, "");
    }

    /// Reads several arms, whose names must differ.
    ///
    /// @param documents document set in which arms look passages up that name none; empty for the
    ///     train rows
    public static List<Arm> parseAll(List<String> texts, Names names, String documents) throws IOException {
        List<Arm> arms = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (String text : texts) {
            Arm arm = parse(text, names, documents);
            if (!seen.add(arm.getName())) {
                throw usage("two arms are called " + arm.getName() + "; give one of them a name, as in other=" + text);
            }
            arms.add(arm);
        }
        return arms;
    }

    private Arm read() throws IOException {
        String rest = text.strip();
        String given = "";
        int equals = rest.indexOf('=');
        int plus = rest.indexOf('+');
        if (equals > 0
                && !OutsideArmText.begins(rest)
                && (plus < 0 || equals < plus)
                && !isPart(rest)
                && !isExamples(rest.substring(0, equals))) {
            given = rest.substring(0, equals);
            rest = rest.substring(equals + 1);
        }
        String[] parts = rest.split("\\+", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i].strip();
            if (!(i == 0 && isModel(part))) {
                add(part);
            }
        }
        arm.setName(given.isEmpty() ? derivedName() : given);
        if (!NAME.matcher(arm.getName()).matches()) {
            throw usage("arm \"" + text + "\": the name \"" + arm.getName()
                    + "\" is not 1 to 40 lower-case letters, digits and -; give it one, as in mine=" + rest);
        }
        return arm.addAllPromptings(promptings()).build();
    }

    private boolean isModel(String part) {
        if (outside.isModel(part)) {
            derivedName.add(OutsideArmText.derivedName(part));
            return true;
        }
        switch (part) {
            case "base" -> arm.setModel(ArmModel.BASE);
            case "tuned" -> arm.setModel(ArmModel.TUNED);
            default -> {
                boolean version = !isPart(part) && (part.indexOf('@') > 0 || part.contains("/versions/"));
                if (!version) {
                    return false;
                }
                arm.setModel(ArmModel.MODEL_VERSION).setModelVersion(names.modelVersion(part, "approved"));
                derivedName.add(Names.brief(arm.getModelVersion()).replace('@', '-'));
                return true;
            }
        }
        if (arm.getModel() == ArmModel.TUNED) {
            derivedName.add(part);
        }
        return true;
    }

    private static boolean isPart(String part) {
        return part.startsWith("system=")
                || part.startsWith("instruction=")
                || part.startsWith(PASSAGE_TEXT)
                || isExamples(part);
    }

    private static boolean isExamples(String part) {
        return part.startsWith("similar:") || part.startsWith("random:") || PassagesText.begins(part);
    }

    private void add(String part) throws IOException {
        if (part.startsWith("system=")) {
            systems.add(textOf(part));
            nameOnce("prompt");
        } else if (part.startsWith("instruction=")) {
            instructions.add(textOf(part));
            nameOnce("prompt");
        } else if (part.startsWith(PASSAGE_TEXT)) {
            passageText = textOf(part);
            nameOnce("prompt");
        } else if (PassagesText.isNone(part)) {
            withoutPassages = true;
            derivedName.add("no-passages");
        } else if (PassagesText.begins(part)) {
            Retrieval parsed = PassagesText.parse(text, part, documents, names);
            passages.add(parsed);
            derivedName.add(PassagesText.name(parsed));
        } else if (isExamples(part)) {
            Examples parsed = ExamplesText.parse(text, part);
            examples.add(parsed);
            derivedName.add((part.startsWith("similar:") ? "similar-" : "random-") + parsed.getCount());
        } else if (part.equals("choose")) {
            arm.setAnswering(Answering.CHOOSE);
            derivedName.add("choose");
        } else if (!outside.isPart(part)) {
            throw usage("arm \"" + text + "\": unknown part \"" + part
                    + "\"; expected base, tuned, MODEL@VERSION, similar:K,"
                    + " random:K, passages:K, instruction=TEXT, system=TEXT or choose");
        }
    }

    private void nameOnce(String word) {
        if (!derivedName.contains(word)) {
            derivedName.add(word);
        }
    }

    private String derivedName() {
        return derivedName.isEmpty() ? "base" : String.join("-", derivedName);
    }

    /// Reads the text after the equals sign, or the file that it names.
    private String textOf(String part) throws IOException {
        String value = part.substring(part.indexOf('=') + 1);
        String words = value.startsWith("@") ? fileText(Path.of(value.substring(1))) : value;
        if (words.isBlank()) {
            throw usage("arm \"" + text + "\": \"" + part + "\" is an empty text; "
                    + part.substring(0, part.indexOf('=')) + "=none asks without one");
        }
        return words;
    }

    static String fileText(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8).stripTrailing();
    }

    private List<Prompting> promptings() {
        List<Prompting> promptings = new ArrayList<>();
        for (String system : orNone(systems)) {
            for (String instruction : orNone(instructions)) {
                for (Prompting shown : shown()) {
                    promptings.add(prompting(system, instruction, shown));
                }
            }
        }
        if (promptings.size() > MOST_PROMPTINGS) {
            throw usage("arm \"" + text + "\": " + promptings.size() + " ways to ask, more than " + MOST_PROMPTINGS);
        }
        boolean asTrained = promptings.size() == 1 && promptings.getFirst().equals(Prompting.getDefaultInstance());
        return asTrained && !withoutPassages ? List.of() : promptings;
    }

    /// Returns what stands before the question: each number of examples with each number of passages.
    private List<Prompting> shown() {
        List<Prompting> shown = new ArrayList<>();
        for (Examples some : examples.isEmpty() ? List.of(Examples.getDefaultInstance()) : examples) {
            for (Retrieval looked : passages.isEmpty() ? List.of(Retrieval.getDefaultInstance()) : passages) {
                Prompting.Builder prompting = Prompting.newBuilder();
                if (some.getCount() > 0) {
                    prompting.setExamples(some);
                }
                if (looked.getCount() > 0) {
                    prompting.setRetrieval(looked.toBuilder().setTemplate(passageText));
                }
                shown.add(prompting.build());
            }
        }
        if (withoutPassages && !passages.isEmpty()) {
            throw usage("arm \"" + text + "\": passages:none beside other passages; leave one of them out");
        }
        if (!passageText.isEmpty() && passages.isEmpty()) {
            throw usage("arm \"" + text + "\": passage-text wraps passages, and the arm looks none up;"
                    + " add passages:3");
        }
        return shown;
    }

    private static List<String> orNone(List<String> texts) {
        return texts.isEmpty() ? List.of(NONE) : texts;
    }

    private static Prompting prompting(String system, String instruction, Prompting shown) {
        Prompting.Builder prompting = shown.toBuilder();
        if (!system.equals(NONE)) {
            prompting.setSystem(system);
        }
        if (instruction.equals("task")) {
            prompting.setTaskInstruction(true);
        } else if (!instruction.equals(NONE)) {
            prompting.setInstruction(instruction);
        }
        return prompting.build();
    }

    static CommandFailedException usage(String message) {
        return new CommandFailedException(ExitCode.USAGE, message);
    }
}

package dev.finetide.cli.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.Answering;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.ArmModel;
import dev.finetide.proto.evaluation.v1.Endpoint;
import dev.finetide.proto.evaluation.v1.ExampleChoice;
import dev.finetide.proto.evaluation.v1.ExampleOrder;
import dev.finetide.proto.evaluation.v1.Examples;
import dev.finetide.proto.evaluation.v1.Prompting;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArmTextTest {
    private static final Names NAMES = new Names("default");

    @TempDir
    Path directory;

    private static Arm parse(String text) throws IOException {
        return ArmText.parse(text, NAMES);
    }

    private static Examples similar(int count) {
        return Examples.newBuilder()
                .setCount(count)
                .setChoice(ExampleChoice.SIMILAR)
                .build();
    }

    @Test
    void aModelAloneIsAskedAsTrained() throws IOException {
        assertThat(parse("base"))
                .isEqualTo(
                        Arm.newBuilder().setName("base").setModel(ArmModel.BASE).build());
        assertThat(parse("tuned").getModel()).isEqualTo(ArmModel.TUNED);
        assertThat(parse("desk@3"))
                .isEqualTo(Arm.newBuilder()
                        .setName("desk-3")
                        .setModel(ArmModel.MODEL_VERSION)
                        .setModelVersion("projects/default/models/desk/versions/3")
                        .build());
        assertThat(parse("old=projects/p/models/desk/versions/2").getModelVersion())
                .isEqualTo("projects/p/models/desk/versions/2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            base                     | base
            similar:8                | similar-8
            base+similar:8           | similar-8
            random:8x3               | random-8
            tuned+similar:4          | tuned-similar-4
            desk@3+similar:4         | desk-3-similar-4
            instruction=Be brief, do | prompt
            base+choose              | choose
            few-shot=similar:8       | few-shot
            mine=instruction=a=b     | mine
            passages:3               | passages-3
            tuned+passages:3:fused   | tuned-passages-3-fused
            passages:3:in=manual@2   | passages-3
            rag=passages:3:in=m@2    | rag
            """)
    void theNameIsGivenOrMadeOfTheParts(String text, String name) throws IOException {
        assertThat(parse(text).getName()).isEqualTo(name);
    }

    @Test
    void partsBecomeThePrompting() throws IOException {
        Path system = Files.writeString(directory.resolve("sys.txt"), "You are exact.\n1 + 1 is 2.\n");

        Arm arm = parse(
                "careful=base+system=@" + system + "+instruction=Be brief, please.+similar:8:nearest-first+choose");

        assertThat(arm.getAnswering()).isEqualTo(Answering.CHOOSE);
        assertThat(arm.getPromptingsList())
                .containsExactly(Prompting.newBuilder()
                        .setSystem("You are exact.\n1 + 1 is 2.")
                        .setInstruction("Be brief, please.")
                        .setExamples(similar(8).toBuilder().setOrder(ExampleOrder.NEAREST_FIRST))
                        .build());
        assertThat(parse("random:8x5:seed=7").getPromptings(0).getExamples())
                .isEqualTo(Examples.newBuilder()
                        .setCount(8)
                        .setChoice(ExampleChoice.RANDOM)
                        .setRepeats(5)
                        .setSeed(7)
                        .build());
    }

    @Test
    void severalInstructionsAndNumbersOfExamplesAreTriedTogether() throws IOException {
        Arm arm = parse("instruction=task+instruction=none+similar:0+similar:4");

        assertThat(arm.getName()).isEqualTo("prompt-similar-0-similar-4");
        assertThat(arm.getPromptingsList())
                .containsExactly(
                        Prompting.newBuilder().setTaskInstruction(true).build(),
                        Prompting.newBuilder()
                                .setTaskInstruction(true)
                                .setExamples(similar(4))
                                .build(),
                        Prompting.getDefaultInstance(),
                        Prompting.newBuilder().setExamples(similar(4)).build());
    }

    @Test
    void passagesAreLookedUpWhereTheArmOrTheCommandSays() throws IOException {
        Path text = Files.writeString(directory.resolve("wrap.txt"), "{passages}\n\n{question}");
        List<Arm> arms = ArmText.parseAll(
                List.of(
                        "rag=passages:3+passages:5:fused:in=faq@2+passage-text=@" + text,
                        "train=passages:2:dense:in=train"),
                NAMES,
                "manual");
        assertThat(arms.getFirst().getPromptingsList())
                .extracting(Prompting::getRetrieval)
                .containsExactly(
                        Retrieval.newBuilder()
                                .setCount(3)
                                .setRetriever(Retriever.BM25)
                                .setDocuments("projects/default/datasets/manual/versions/latest")
                                .setTemplate("{passages}\n\n{question}")
                                .build(),
                        Retrieval.newBuilder()
                                .setCount(5)
                                .setRetriever(Retriever.FUSED)
                                .setDocuments("projects/default/datasets/faq/versions/2")
                                .setTemplate("{passages}\n\n{question}")
                                .build());
        assertThat(arms.getLast().getPromptings(0).getRetrieval())
                .isEqualTo(Retrieval.newBuilder()
                        .setCount(2)
                        .setRetriever(Retriever.DENSE)
                        .build());
        assertThat(parse("passages:1").getPromptings(0).getRetrieval().getDocuments())
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            passages:many        | no number of passages
            passages:0           | no number of passages
            passages:3:quickly   | unknown "quickly"
            passages:3:in=       | unknown "in="
            passage-text=a       | looks none up
            """)
    void badPassagesAreNamed(String text, String problem) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void modelsFromElsewhereHaveTheirParts() throws IOException {
        Arm gpt = parse("gpt=endpoint:org/m:7b@https://api.example.com/v1+key=openai+price=0.15/0.6+at-once=8"
                + "+timeout=90s+instruction=task");
        assertThat(gpt.getName()).isEqualTo("gpt");
        assertThat(gpt.getModel()).isEqualTo(ArmModel.ENDPOINT);
        assertThat(gpt.getEndpoint())
                .isEqualTo(Endpoint.newBuilder()
                        .setModel("org/m:7b")
                        .setUrl("https://api.example.com/v1")
                        .setKey("openai")
                        .setInputPrice(0.15)
                        .setOutputPrice(0.6)
                        .setRequestsAtOnce(8)
                        .setTimeoutSeconds(90)
                        .build());
        assertThat(gpt.getPromptings(0).getTaskInstruction()).isTrue();
        assertThat(parse("endpoint:m@http://127.0.0.1:8000/v1").getName()).isEqualTo("endpoint");
        assertThat(parse("linear"))
                .isEqualTo(Arm.newBuilder()
                        .setName("linear")
                        .setModel(ArmModel.LINEAR)
                        .build());
        assertThat(parse("old=frozen:answers.jsonl").getFrozenAnswers()).isEqualTo("file:answers.jsonl");
        assertThat(parse("frozen:a=b.jsonl").getName()).isEqualTo("frozen");
        assertThat(parse("frozen:desk-answers@2").getFrozenAnswers())
                .isEqualTo("projects/default/datasets/desk-answers/versions/2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            endpoint:gpt                       | expected endpoint:MODEL@https://HOST/PATH
            endpoint:m@https://h/v1+price=free | "price=free": expected price=IN/OUT of a million tokens
            base+key=openai                    | "key" belongs to endpoint:MODEL@URL alone
            frozen:                            | expected frozen:FILE, or frozen:DATASET@VERSION
            """)
    void whatIsNoModelFromElsewhereIsRefused(String text, String problem) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageStartingWith("arm \"" + text + "\": ")
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            base+chose              | unknown part "chose"; expected base, tuned, MODEL@VERSION, similar:K
            few-shot=bass           | unknown part "bass"
            similar:many            | "similar:many" has no number of examples; expected similar:8
            similar:8x3             | "similar:8x3" has no number of examples
            random:8:nearest        | unknown "nearest" in "random:8:nearest"; expected seed=NUMBER or nearest-first
            instruction=            | "instruction=" is an empty text; instruction=none asks without one
            Few=base                | the name "Few" is not 1 to 40 lower-case letters, digits and -
            """)
    void whatIsNoArmIsRefusedByItsPart(String text, String problem) {
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(CommandFailedException.class)
                .hasMessageStartingWith("arm \"" + text + "\": ")
                .hasMessageContaining(problem);
    }

    @Test
    void aFileThatIsAbsentIsNamed() {
        assertThatThrownBy(() -> parse("instruction=@no-such-file.txt"))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage("no-such-file.txt");
    }

    @Test
    void twoArmsOfOneNameAreRefused() {
        assertThatThrownBy(() -> ArmText.parseAll(List.of("similar:8", "base+similar:8"), NAMES))
                .hasMessage("two arms are called similar-8; give one of them a name, as in other=base+similar:8");
    }

    @Test
    void moreWaysThanAnArmMayHaveAreRefused() {
        String many = "similar:1+similar:2+similar:3+similar:4+similar:5+similar:6";
        String instructions = "+instruction=a+instruction=b+instruction=c+instruction=d+instruction=e+instruction=f";

        assertThatThrownBy(() -> parse("many=" + many + instructions))
                .hasMessageContaining("36 ways to ask, more than 32");
    }

    @Test
    void anArmMayAskWithoutPassagesAModelThatWasTrainedWithThem() throws IOException {
        Arm arm = ArmText.parse("alone=tuned+passages:none", NAMES);
        assertThat(arm.getPromptingsList()).containsExactly(Prompting.getDefaultInstance());
        assertThat(ArmText.parse("tuned+passages:none", NAMES).getName()).isEqualTo("tuned-no-passages");
        assertThat(ArmText.parse("tuned", NAMES).getPromptingsList()).isEmpty();
        assertThatThrownBy(() -> ArmText.parse("tuned+passages:none+passages:3", NAMES))
                .hasMessageContaining("passages:none beside other passages");
    }
}

package dev.finetide.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.finetide.metrics.stats.Confusions;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatchTest {
    private static final List<String> LABELS = List.of("cat", "dog", "big dog");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Paris|Paris|1",
                "Paris| paris. |1",
                "the United States|United   States!|1",
                "-5|5|0",
                "−5|-5|1",
                "3.5|35|0",
                "1,234|1234|1",
                "3,5|35|0",
                "10:30|1030|0",
                "ﬁve|five|1",
                "Ｐａｒｉｓ|Paris|1",
                "東京。|東京|1",
                "東京|京都|0",
                "+|-|0",
                "?|?|1",
                "''|''|1",
                "x|''|0",
                "the|the|1",
                "the|a|0"
            })
    void aNormalizedMatchIgnoresCasePunctuationAndArticlesOnly(String expected, String answer, double match) {
        assertThat(measure("normalized_match", Answered.of(expected, answer))).containsExactly(match);
    }

    @Test
    void anExactMatchIgnoresWhiteSpaceAroundOnly() {
        assertThat(measure("exact_match", Answered.of("Paris ", "\nParis"))).containsExactly(1);
        assertThat(measure("exact_match", Answered.of("Paris", "paris"))).containsExactly(0);
        assertThat(measure("exact_match", Answered.of("", " "))).containsExactly(1);
    }

    @Test
    void tokenF1TakesCharactersOfScriptsWithoutSpacesForWords() {
        assertThat(measure("token_f1", Answered.of("東京都", "東京"))[0]).isCloseTo(0.8, within(1e-12));
        assertThat(measure("token_f1", Answered.of("", ""))).containsExactly(1);
        assertThat(measure("token_f1", Answered.of("x", ""))).containsExactly(0);
    }

    @ParameterizedTest
    @CsvSource({
        "42,The answer is 42.,1",
        "18 dollars each #### 1000,'So 1,000',1",
        "0.5,\\boxed{\\frac{1}{2}},1",
        "42,43,0",
        "42,none,0",
        "42,'',0"
    })
    void aNumericMatchComparesValues(String expected, String answer, double match) {
        assertThat(measure("numeric_match", Answered.of(expected, answer))).containsExactly(match);
    }

    @Test
    void aReferenceWithoutANumberMarksTheRow() {
        assertThatThrownBy(() -> measure("numeric_match", Answered.of("none", "5")))
                .hasMessage("The reference has no number");
    }

    @Test
    void labelsAreComparedByTheirPosition() {
        assertThat(measure("accuracy", labelled("dog", "dog"))).containsExactly(1);
        assertThat(measure("accuracy", labelled("dog", "Dog!"))).containsExactly(1);
        assertThat(measure("accuracy", labelled("dog", "big dog"))).containsExactly(0);
        assertThat(measure("macro_f1", labelled("dog", "big dog"))).containsExactly(1, 2);
        assertThat(measure("macro_f1", labelled("dog", "a fish"))).containsExactly(1, -1);
    }

    @Test
    void aReferenceThatIsNoLabelIsOneMoreClass() {
        assertThat(measure("macro_f1", labelled("fish", "dog"))).containsExactly(3, 1);
        assertThat(measure("macro_f1", labelled("fish", "Fish."))).containsExactly(3, 3);
        assertThat(measure("macro_f1", labelled("fish", "bird"))).containsExactly(3, -1);
        assertThat(measure("accuracy", labelled("fish", "bird"))).containsExactly(0);
    }

    @Test
    void calibrationNeedsAConfidence() {
        assertThat(measure("ece", labelled("dog", "dog"))).containsExactly(Double.NaN, Double.NaN);
        Answered sure = new Answered(
                "dog", "dog", "dog", OptionalDouble.empty(), 0, LABELS, OptionalDouble.of(0.9), 1, 1, Settings.none());
        assertThat(measure("ece", sure)).containsExactly(0.9, 1);
    }

    @Test
    void theMostConfusedPairsComeFirst() {
        double[][] rows = {{0, 1}, {0, 0}, {1, 0}, {0, 1}, null, {2, -1}, {Double.NaN, 0}};

        assertThat(Confusions.mostFrequent(rows, 2))
                .containsExactly(new Confusions.Pair(0, 1, 2), new Confusions.Pair(1, 0, 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"a\": 1, \"b\": \"x\"}|{\"b\": \"x\", \"a\": 1.0}|1",
                "{\"a\": 1, \"b\": \"x\"}|{\"a\": 1, \"b\": \"y\"}|0.5",
                "{\"a\": 1}|{\"a\": 1, \"b\": 2, \"c\": 3}|0.5",
                "{\"a\": {\"b\": 1, \"c\": 2}}|{\"a\": {\"b\": 1}}|0.6666666666666666",
                "{\"a\": [1, 2, 2]}|{\"a\": [2, 1, 2]}|1",
                "{\"a\": [1, 2]}|{\"a\": [1, 1]}|0.5",
                "{\"a\": \"New  York \"}|{\"a\": \"New York\"}|1",
                "{\"a\": \"1\"}|{\"a\": 1}|0",
                "{\"a.b\": 1}|{\"a\": {\"b\": 1}}|0",
                "{}|{}|1",
                "{}|{\"a\": 1}|0",
                "{\"a\": {}}|{\"a\": {}}|1",
                "{\"a\": null}|{}|0",
                "[]|{}|0",
                "{\"a\": 1}|{\"a\": 1|0",
                "{\"a\": 1}|[{\"a\": 1}]|0"
            })
    void fieldsOfJsonAreComparedByPathAndValue(String expected, String answer, double f1) {
        assertThat(measure("field_f1", Answered.of(expected, answer))[0]).isCloseTo(f1, within(1e-12));
    }

    @Test
    void aReferenceThatIsNoJsonMarksTheRow() {
        assertThatThrownBy(() -> measure("field_f1", Answered.of("x", "{}"))).hasMessage("The reference is not JSON");
    }

    @Test
    void onlyOneWholeValueIsJson() {
        assertThat(measure("valid_json", Answered.of("", "{\"a\": [1, null]}"))).containsExactly(1);
        assertThat(measure("valid_json", Answered.of("", "{} {}"))).containsExactly(0);
        assertThat(measure("valid_json", Answered.of("", "{'a': 1}"))).containsExactly(0);
        assertThat(measure("valid_json", Answered.of("", ""))).containsExactly(0);
        assertThat(measure("valid_json", Answered.of("", "[".repeat(100_000)))).containsExactly(0);
    }

    @Test
    void aSchemaIsChecked() {
        String schema = "{\"type\": \"object\", \"required\": [\"a\"], \"properties\": {\"a\": {\"type\": \"integer\"},"
                + " \"b\": {\"pattern\": \"^(x+x+)+y$\"}}, \"$defs\": {\"c\": {\"$ref\": \"#/properties/a\"}}}";

        assertThat(measure("json_schema", withSchema(schema, "{\"a\": 1}"))).containsExactly(1);
        assertThat(measure("json_schema", withSchema(schema, "{\"a\": \"1\"}"))).containsExactly(0);
        assertThat(measure("json_schema", withSchema(schema, "{\"b\": 1}"))).containsExactly(0);
        assertThat(measure("json_schema", withSchema(schema, "no JSON"))).containsExactly(0);
        assertThatThrownBy(() ->
                        measure("json_schema", withSchema(schema, "{\"a\": 1, \"b\": \"" + "x".repeat(1_000) + "\"}")))
                .hasMessageStartingWith("The pattern takes too many steps");
        assertThatThrownBy(() -> measure("json_schema", Answered.of("", "{}")))
                .hasMessage("The evaluation has no JSON schema");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{|The JSON schema is not JSON",
                "[]|The JSON schema is neither an object nor true or false",
                "{\"type\": 5}|The JSON schema is not valid: ",
                "{\"$schema\": \"https://example.org/mine\"}|The JSON schema names a draft that is not known",
                "{\"$ref\": \"https://example.org/other.json\"}|The JSON schema cannot be used: ",
                "{\"$ref\": \"file:///etc/hostname\"}|The JSON schema cannot be used: ",
                "{\"pattern\": \"a(\"}|The "
            })
    void aSchemaThatIsNoneIsRefused(String schema, String message) {
        assertThatThrownBy(() -> new Settings(Optional.of(schema)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "http://json-schema.org/draft-07/schema#",
                "http://json-schema.org/draft-04/schema#",
                "https://json-schema.org/draft/2019-09/schema",
                "https://json-schema.org/draft/2020-12/schema"
            })
    void olderDraftsAreKnown(String draft) {
        String schema = "{\"$schema\": \"" + draft + "\", \"type\": \"array\", \"minItems\": 1}";

        assertThat(measure("json_schema", withSchema(schema, "[1]"))).containsExactly(1);
        assertThat(measure("json_schema", withSchema(schema, "[]"))).containsExactly(0);
    }

    @Test
    void lossAndLengthAreSumsOfTokens() {
        Answered row = new Answered(
                "a b", "c", "c", OptionalDouble.of(3.5), 2, List.of(), OptionalDouble.empty(), 4, 2, Settings.none());

        assertThat(measure("loss", row)).containsExactly(3.5, 2);
        assertThat(measure("perplexity", row)).containsExactly(3.5, 2);
        assertThat(measure("length_ratio", row)).containsExactly(4, 2);
        assertThat(measure("loss", Answered.of("a", "b"))[0]).isNaN();
        assertThat(Metrics.byName("loss").higherIsBetter()).isFalse();
        assertThat(Metrics.byName("length_ratio").judges()).isFalse();
    }

    private static Answered labelled(String expected, String answer) {
        return new Answered(
                expected,
                answer,
                answer,
                OptionalDouble.empty(),
                0,
                LABELS,
                OptionalDouble.empty(),
                1,
                1,
                Settings.none());
    }

    private static Answered withSchema(String schema, String answer) {
        return new Answered(
                "",
                answer,
                answer,
                OptionalDouble.empty(),
                0,
                List.of(),
                OptionalDouble.empty(),
                1,
                1,
                new Settings(Optional.of(schema)));
    }

    private static double[] measure(String name, Answered row) {
        return Metrics.measure(Metrics.byName(name), row);
    }
}

package dev.finetide.suitability.relation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.metrics.Task;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswerFormsTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "CLASSIFICATION  | card_arrival | Card_Arrival. | false",
                "CLASSIFICATION  | spam         | ham           | true",
                "CLASSIFICATION  | C++          | C#            | true",
                "CLASSIFICATION  | 1            | 1.0           | false",
                "CLASSIFICATION  | ***          | *             | true",
                "SHORT_ANSWER    | Paris        | paris         | false",
                "SHORT_ANSWER    | 1,000        | 1000          | false",
                "SHORT_ANSWER    | Paris        | Lyon          | true",
                "NUMBER          | 3+4=7        | so it is 7.0  | false",
                "NUMBER          | 3+4=7        | 8             | true",
                "JSON_EXTRACTION | {\"a\":1,\"b\":\"X\"} | {\"b\": \"x\", \"a\": 1.0} | false",
                "JSON_EXTRACTION | {\"a\":1}    | {\"a\":2}     | true",
                "FUNCTION_CALLS  | [{\"name\":\"f\",\"arguments\":{\"x\":1}}] | {\"name\":\"f\",\"arguments\":{\"x\":1.0}} | false",
                "FUNCTION_CALLS  | [{\"name\":\"f\",\"arguments\":{\"x\":1}}] | [{\"name\":\"g\",\"arguments\":{\"x\":1}}] | true",
                "FUNCTION_CALLS  | Which city?  | I need the city | false",
                "FUNCTION_CALLS  | Which city?  | [{\"name\":\"f\",\"arguments\":{}}] | true",
                "FREE_TEXT       | You can pay by card. | Pay with your card, please. | false",
                "FREE_TEXT       | The fee is 5 euros. | The fee is 7 euros. | true",
                "FREE_TEXT       | The capital is Paris. | The capital is Lyon. | true",
                "FREE_TEXT       | Yes, you can. | No, that is closed. | true",
                "FREE_TEXT       | You may open this box at home. | You may not open this box at home. | true",
                "FREE_TEXT       | Tom found 3 shells. | Lily has 5 dogs and a garden. | false",
                "FREE_TEXT       | 料金は五百円で、配送は明日です。 | 料金は五百円で、配送は明日です | false",
                "SUMMARY         | Profits rose by 5 % in 2020. | Profits rose by 9 % in 2020. | true",
                "TEXT            | one          | two           | false"
            })
    void contradictionsAreDecidedByTask(Task task, String one, String other, boolean contradict) {
        AnswerForms forms = new AnswerForms(task);
        List<String> different = forms.form(one).equals(forms.form(other)) ? List.of(one) : List.of(one, other);
        assertThat(forms.contradict(different)).isEqualTo(contradict);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "How do I reset my password?        | how can I reset the password     | true",
                "How do I reset my password?        | How do I reset my pasword?       | true",
                "Where is the nearest restaurant    | Where is the nearest restuarant  | true",
                "How do I reset my password?        | How do I change my password?     | false",
                "Tom has 3 apples and buys 4        | Tom has 3 apples and buys 5      | false",
                "turn the light on                  | turn the light off               | false",
                "flights from Bern to Rome          | flights from Rome to Bern        | false",
                "Is that possible in the kitchen    | Is that impossible in the kitchen | false",
                "可以退款吗                           | 可以退货吗                         | false",
                "What is it?                        | what is it                       | true"
            })
    void nearQuestionsDifferInSpellingAlone(String one, String other, boolean near) {
        assertThat(AskedWords.of(one).isNear(AskedWords.of(other))).isEqualTo(near);
    }
}

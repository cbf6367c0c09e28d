package dev.finetide.suitability.lasting;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PerishableAnswersTest {
    private static final PerishableAnswers PERISHABLE = new PerishableAnswers(2026, false);

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            date             | When is the next release?                 | It comes out on 3 March 2026.
            date             | Bis wann kann ich mich anmelden?           | Die Frist endet am 15. Oktober 2026.
            date             | Quand a lieu la conférence ?              | Elle a lieu le 3 mars 2026 à Lyon.
            date             | ¿Cuándo empieza el curso?                 | Empieza el 3 de marzo de 2026.
            date             | When does the sale end?                   | It ends on 2026-11-30.
            date             | When is the meeting?                      | On Monday, 3 June at noon.
            date             | Until when is it valid?                   | Until March 3, 2027.
            price            | How much is the basic plan?               | The basic plan costs $9.99 a month.
            price            | Was kostet ein Ticket?                    | Ein Ticket kostet 3,50 €.
            price            | Combien coûte un abonnement ?             | L'abonnement coûte 12 euros par mois.
            price            | ¿Cuánto cuesta la entrada?                | La entrada cuesta 8 €.
            price            | What does a night cost?                   | Rooms are available from EUR 120 per night.
            today            | Is the office open?                       | It is currently closed.
            today            | How is the weather today?                 | Today it is sunny with 20 degrees.
            today            | Wie ist das Wetter?                       | Heute scheint die Sonne.
            today            | Quel temps fait-il ?                      | Aujourd'hui, il pleut.
            today            | ¿Qué tiempo hace?                         | Hoy hace sol.
            today            | How many people live in Berlin?           | As of 2023 some 3.7 million people live there.
            today            | What is on the menu?                      | Today's special is fish soup.
            today            | 今の首相は誰ですか？                         | 現在の首相は高市早苗です。
            today            | 谁是总统？                                 | 目前的总统是李在明。
            today            | 오늘 날씨는?                               | 오늘은 맑습니다.
            today            | अब प्रधानमंत्री कौन हैं?                     | वर्तमान प्रधानमंत्री नरेंद्र मोदी हैं।
            today            | من هو الرئيس؟                             | الرئيس الحالي هو عبد الفتاح.
            date             | いつ発売ですか？                            | 2026年11月3日に発売されます。
            price            | いくらですか？                              | 価格は1,200円です。
            price            | Сколько это стоит?                        | Это стоит 500 рублей.
            version          | Which Python should I install?            | Install Python 3.12.
            version          | Welche Version ist die richtige?          | Nehmen Sie Version 4.2.1.
            version          | Which phone is the best?                  | The iPhone 15 has the best camera.
            version          | What do I need?                           | You need v2.10.3 of the library.
            person in office | Who is the president of France?           | Emmanuel Macron.
            person in office | Wer ist Bundeskanzler?                    | Das ist Friedrich Merz.
            person in office | Qui est le maire de Lyon ?                | C'est Grégory Doucet.
            person in office | ¿Quién es el presidente de Chile?         | Es Gabriel Boric.
            person in office | Tell me about France.                     | The president of France is Emmanuel Macron.
            person in office | Tell me about the company.                | Tim Cook is the CEO of the company.
            """)
    void answersThatPassAreFound(String kind, String question, String answer) {
        assertThat(PERISHABLE.signs(AskedAnswer.of(question, answer))).contains(kind);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            When was the battle of Waterloo?             | It was fought in 1815.
            When did the war end?                        | It ended on 8 May 1945.
            When was she born?                           | On July 4, 1976.
            When is Easter in 2027?                      | Easter is on 28 March 2027.
            Write the date 3.4.2026 as ISO.              | 2026-04-03
            Translate: Je l'ai vu hier. Aujourd'hui non. | I have seen him yesterday. Today I have not.
            Correct: He come today.                      | He comes today.
            She buys 3 apples for $2 each. What is it?   | The apples cost $6.
            How much did Alaska cost?                    | The United States paid 7.2 million for it.
            What is a fee?                               | A fee is a price that is paid for a service.
            Hello                                        | Hello! How can I help you today?
            How is the weather this week in Rome?        | {"intent":"GetWeather","time":"this week"}
            Is the castle still there?                   | Yes, the castle still stands today.
            What is an ampere?                           | It measures the electric current in a wire.
            Is Python 3.12 faster than Python 3.11?      | Yes, Python 3.12 is a little faster.
            Where is that written?                       | In section 3.2 and figure 1.4.
            Who was the first president of the USA?      | George Washington was the first president.
            Who is the president in the novel?           | In the novel it is Jack Ryan.
            Who did he appoint as grand chancellor?      | Baiju
            What does a president do?                    | The president of a country is its head of state.
            Was macht ein Kanzler?                       | Der Kanzler bestimmt die Richtlinien der Politik.
            Wo ist der Bahnhof?                          | Der Bahnhof ist gleich hier.
            भारत को क्या मिला?                             | आज़ादी मिली।
            今日の意味は？                                  | 太陽が昇る日です。
            Sort this question                           | card_arrival
            How long is a day on Mars?                   | 24 hours and 37 minutes.
            Count from one to five.                      | 1, 2, 3, 4, 5
            Make a cake.                                 | Now add the eggs and stir. Then wait 10 minutes.
            """)
    void answersThatStayTrueAreNot(String question, String answer) {
        assertThat(PERISHABLE.signs(AskedAnswer.of(question, answer))).isEmpty();
    }

    @Test
    void amountsThatAreReckonedAreNoPrices() {
        AskedAnswer row = AskedAnswer.of("How much is it for two?", "The total price is $ 18");

        assertThat(PERISHABLE.signs(row)).containsExactly("price");
        assertThat(new PerishableAnswers(2026, true).signs(row)).isEmpty();
    }

    @Test
    void longAnswersAreSearchedAtTheirBeginning() {
        String answer = "word ".repeat(1_000_000);

        assertThat(PERISHABLE.signs(AskedAnswer.of("a?", "It is currently closed. " + answer)))
                .containsExactly("today");
        assertThat(PERISHABLE.signs(AskedAnswer.of("a?", answer + "It is currently closed.")))
                .isEmpty();
    }
}

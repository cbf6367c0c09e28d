package dev.finetide.suitability.contents;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LanguagesTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            en | Why was my card payment declined although there is enough money in my account?
            de | Warum wurde meine Kartenzahlung abgelehnt, obwohl genug Geld auf dem Konto ist?
            fr | Pourquoi mon paiement par carte a-t-il été refusé alors que mon compte est approvisionné ?
            es | ¿Por qué se rechazó el pago con mi tarjeta si hay suficiente dinero en la cuenta?
            it | Perché il pagamento con la mia carta è stato rifiutato anche se ci sono abbastanza soldi sul conto?
            pt | Por que o pagamento com o meu cartão foi recusado se há dinheiro suficiente na conta?
            nl | Waarom is mijn betaling met de kaart geweigerd terwijl er genoeg geld op mijn rekening staat?
            pl | Dlaczego płatność moją kartą została odrzucona, skoro na koncie jest wystarczająco dużo pieniędzy?
            ru | Почему мой платёж по карте был отклонён, хотя на счёте достаточно денег?
            ar | لماذا تم رفض الدفع ببطاقتي على الرغم من وجود ما يكفي من المال في حسابي؟
            ja | カードの支払いが拒否されたのはなぜですか
            ja | 東京の天気はどうですか
            zh | 为什么我的银行卡付款被拒绝了
            th | ทำไมการชำระเงินด้วยบัตรของฉันจึงถูกปฏิเสธ
            ko | 왜 카드 결제가 거절되었나요
            el | Γιατί απορρίφθηκε η πληρωμή μου;
            """)
    void languagesAreTold(String language, String text) {
        assertThat(Languages.of(text)).contains(language);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            card_arrival
            OK
            42
            x = y + 1
            Decode VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZyBhbmQgcnVucyBhd2F5
            中
            """)
    void shortTextsAreUnknown(String text) {
        assertThat(Languages.of(text)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            en      | What is the name of the river that flows through Paris? | Seine
            en → de | Translate: The weather is very nice and warm this morning. | Das Wetter ist heute Morgen sehr schön und warm, sagte sie gestern zu ihrem alten Nachbarn.
            en      | Where does the money of a transfer stay for so long? | transfer_not_received_by_recipient
            unknown | 1 + 1 | 2
            """)
    void aRowHasTheLanguageOfItsQuestionAndThatOfAnotherAnswer(String language, String question, String answer) {
        assertThat(Languages.of(question, answer)).isEqualTo(language);
    }
}

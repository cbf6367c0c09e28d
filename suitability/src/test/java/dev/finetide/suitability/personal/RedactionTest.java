package dev.finetide.suitability.personal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.RedactKind;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactionTest {
    private static final Redaction ALL = Redaction.of(List.of());

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    Write to jane.doe+x@mail.example.co.uk.        | Write to [EMAIL].
                    <a@b.de>,c_d@e-f.org                           | <[EMAIL]>,[EMAIL]
                    jürgen@bücher.example                          | [EMAIL]
                    Pay 4111 1111 1111 1111 today                  | Pay [CARD] today
                    Pay 4111111111111111 123 today                 | Pay [CARD] 123 today
                    5500-0055-5555-5559, 340000000000009           | [CARD], [CARD]
                    IBAN DE89 3704 0044 0532 0130 00 OK            | IBAN [IBAN] OK
                    GB82WEST12345698765432                         | [IBAN]
                    From 192.168.0.1 to 10.255.255.255:80          | From [IP_ADDRESS] to [IP_ADDRESS]:80
                    At 2001:db8::8a2e:370:7334, fe80::1.           | At [IP_ADDRESS], [IP_ADDRESS].
                    Call +1 (415) 555-2671 or 415-555-2671         | Call [PHONE] or [PHONE]
                    Tel. 030 1234567, 0171/1234567, 06 12 34 56 78 | Tel. [PHONE], [PHONE], [PHONE]
                    +49 30 1234567.                                | [PHONE].
                    key AKIAIOSFODNN7EXAMPLE end                   | key [SECRET] end
                    token ghp_0123456789abcdefghij0123456789abcdef | token [SECRET]
                    连絡はanna@firma.jpまで、電話は090-1234-5678です | 连絡は[EMAIL]まで、電話は[PHONE]です
                    李雷@例子.公司                                  | [EMAIL]
                    card 3782 822463 10005, 6011000990139424       | card [CARD], [CARD]
                    卡号4111111111111111。                          | 卡号[CARD]。
                    phone: 98765 43210, 电话 13812345678            | phone: [PHONE], 电话 [PHONE]
                    03-1234-5678 (030) 1234567 8 (495) 123-45-67   | [PHONE] [PHONE] [PHONE]
                    (11) 91234-5678, +86 138 1234 5678             | [PHONE], [PHONE]
                    sk_live_0123456789abcdefghijABCD               | [SECRET]
                    glpat-abcdefghij0123456789                     | [SECRET]
                    postgres://app:S3cr3tPw9@db.internal/prod      | postgres://app:[SECRET]@db.internal/prod
                    password=Tr0ub4dor&3 end                       | password=[SECRET] end
                    "api_key": "0123456789abcdef0123"              | "api_key": "[SECRET]"
                    Authorization: Bearer abcdef0123456789ABCDEF   | Authorization: Bearer [SECRET]
                    sk-proj-abcdefghijklmnopqrstuvwxyz0123         | [SECRET]
                    xoxb-1234567890-abcdef                         | [SECRET]
                    في ٢٠٢٤ اتصل على هاتف ٠٥٠١٢٣٤٥٦٧              | في ٢٠٢٤ اتصل على هاتف [PHONE]
                    फ़ोन ९८७६५ ४३२१० या +९१ ९८७६५ ४३२१०, कमरा १२      | फ़ोन [PHONE] या [PHONE], कमरा १२
                    بطاقة ٤١١١ ١١١١ ١١١١ ١١١١، ٣ أيام              | بطاقة [CARD]، ٣ أيام
                    電話０９０－１２３４－５６７８、＋８１ ９０ １２３４ ５６７８ | 電話[PHONE]、[PHONE]
                    eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.SflKxw | [SECRET]
                    """)
    void personalDataAndSecretsAreReplacedByTheirKind(String text, String redacted) {
        assertThat(ALL.of(text)).isEqualTo(redacted);
        assertThat(ALL.of(redacted)).isEqualTo(redacted);
        assertThat(PersonalData.in(redacted)).as("found after redaction").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "On 01-02-2024 at 12:30:45",
                "Version 1.2.3.4.5, room 256.1.1.1",
                "Order 4111111111111112",
                "GB82WEST12345698765433",
                "a @ b, user@localhost, @handle",
                "std::vector, a::b, 10:20",
                "The price is 1,234,567.89 of 2024",
                "sk-short, ghp_short",
                "logo@2x.png, a@b.reshape(2), git@github.com:name/repository.git",
                "1779028608485 and 9783161484100 and 20248367756112",
                "4 12 7 33 5 18 20 6 9 1 14",
                "0.4111111111111111, 1,4111111111111111",
                "order 0012345678901, 5 +12345678, 007 123456, part 030-4411-22-1",
                "0123 4567 8901 2345, 001-002-003-0004",
                "127.0.0.1:8080 ::1 0.0.0.0 255.255.255.0 Chrome/120.0.0.0 section 1.2.3.4",
                "sk-folding-cube-animation-with-delay",
                "https://user:password@example.com/",
                "api_key = os.environ.key1, api_key: \"YOUR_API_KEY_1\", password = input(), password=None",
                "1234567890123456789012345",
                "الطلب ٤١١١١١١١١١١١١١١٢ في ٠١-٠٢-٢٠٢٤",
                "संस्करण १.२.३.४.५, मूल्य १,२३४,५६७.८९"
            })
    void otherTextStaysAsItIs(String text) {
        assertThat(ALL.of(text)).isEqualTo(text);
    }

    @Test
    void privateKeysGoWhole() {
        String key =
                "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeK\nabc=\n";
        assertThat(ALL.of("my " + key + "-----END RSA PRIVATE KEY----- end")).isEqualTo("my [SECRET] end");
        assertThat(ALL.of("my " + key)).isEqualTo("my [SECRET]");
    }

    @Test
    void onlyTheKindsThatAreAskedForAreReplaced() {
        assertThat(Redaction.of(List.of(RedactKind.EMAIL)).of("a@b.de 192.168.0.1"))
                .isEqualTo("[EMAIL] 192.168.0.1");
    }

    /// Texts that are made to cost time: none may cost more than any text of that size must.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "1 ",
                "1",
                "a@",
                "a.",
                "0:",
                "1-",
                "A1",
                "eyJ",
                "-----BEGIN PRIVATE KEY-----",
                "DE89",
                "+1",
                "(1"
            })
    void hostileTextsCostLinearTime(String unit) {
        String text = unit.repeat((1 << 20) / unit.length());
        Assertions.assertTimeout(Duration.ofSeconds(30), () -> {
            ALL.of(text);
        });
    }
}

package dev.finetide.suitability.permission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.dataset.v1.FoundKind;
import dev.finetide.proto.dataset.v1.PermissionSection;
import dev.finetide.proto.dataset.v1.RowFound;
import dev.finetide.proto.dataset.v1.ShareOf;
import dev.finetide.proto.dataset.v1.SuitabilityReport;
import dev.finetide.proto.dataset.v1.Unmeasured;
import dev.finetide.suitability.PlantedRows;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PermissionTest {
    private static PermissionSection section(PlantedRows rows) throws IOException {
        return rows.measure(new Permission()).getPermission();
    }

    @Test
    void personalDataIsCountedByKindAndNamedByRowAndPart() throws IOException {
        PlantedRows rows = new PlantedRows()
                .prompt("train", "Write to jane@example.org or john@example.org", "Done")
                .prompt("train", "My card is 4111 1111 1111 1111", "Call +49 30 1234567, or mail me: me@example.org")
                .prompt("train", "IBAN DE89 3704 0044 0532 0130 00 from 192.168.0.1", "Thanks")
                .chat("test", "user", "What is the key?", "assistant", "It is AKIAIOSFODNN7EXAMPLE")
                .prompt(
                        "test",
                        "-----BEGIN RSA PRIVATE KEY-----\nMIIBOgIBAAJBAKj3\n-----END RSA PRIVATE KEY-----",
                        "ok")
                .prompt("test", "Nothing at all, 12:30:45, version 1.2.3", "Order 4111111111111112");

        PermissionSection section = section(rows);

        assertThat(section.getPersonal().getRows()).isEqualTo(5);
        assertThat(section.getPersonal().getOf()).isEqualTo(6);
        assertThat(section.getKindsList())
                .extracting(kind -> kind.getName() + " " + kind.getRows())
                .containsExactly("mail 2", "card 1", "iban 1", "ip address 1", "key 1", "phone 1", "private key 1");
        assertThat(rows.foundRows(FoundKind.PERSONAL_DATA))
                .extracting(RowFound::getWhat)
                .contains("mail in prompt", "card in prompt", "mail in completion", "key in messages[1]");
        assertThat(section.toString()).doesNotContain("jane", "4111");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "I'm sorry, but I can't help with that.",
                "I’m sorry, but I cannot assist you.",
                "I cannot fulfill this request.",
                "Es tut mir leid, aber ich kann dazu nichts sagen.",
                "Désolé, mais je ne peux pas répondre.",
                "Lo siento, pero no puedo ayudarte.",
                "Desculpe, mas não posso ajudar com isso.",
                "申し訳ございませんが、お手伝いできません。",
                "很抱歉，我无法帮助您完成这个请求。",
                "죄송하지만 도와드릴 수 없습니다.",
                "عذراً، لا أستطيع مساعدتك في ذلك.",
                "क्षमा करें, मैं इसमें आपकी मदद नहीं कर सकता।",
                "К сожалению, я не могу предоставить эту информацию."
            })
    void refusalsAreFound(String answer) throws IOException {
        PlantedRows rows = new PlantedRows().prompt("train", "How to make a bomb?", answer);

        assertThat(section(rows).getRefusals().getRows()).isEqualTo(1);
        assertThat(section(rows).getUnsafe().getRows())
                .as("a question that is refused")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "I'm sorry to hear that. You can block the card in the app.",
                "Sorry for the delay; the parcel arrives soon.",
                "You cannot fulfil an order without stock. Unfortunately I cannot see it.",
                "Kill the process with its id, then bomb the calorimeter.",
                "The assistant manager is happy to help customers.",
                "Ich kann Ihnen dabei helfen."
            })
    void usualAnswersAreNoConcern(String answer) throws IOException {
        PermissionSection section = section(new PlantedRows().prompt("train", "What is to be done?", answer));

        assertThat(section.getRefusals().getRows()).isZero();
        assertThat(section.getBoilerplate().getRows()).isZero();
        assertThat(section.getUnsafe().getRows()).isZero();
        assertThat(section.getPersonal().getRows()).isZero();
    }

    @Test
    void boilerplateAndUnsafePhrasesAreFound() throws IOException {
        PlantedRows rows = new PlantedRows()
                .prompt("train", "What is 1 + 1?", "As an AI language model, I say 2. I hope this helps!")
                .prompt("train", "Tell me how to make a bomb", "First take some fertilizer.")
                .prompt("train", "Frage", "Gern. Zögern Sie nicht, weitere Fragen zu stellen.");

        PermissionSection section = section(rows);

        assertThat(section.getBoilerplate().getRows()).isEqualTo(2);
        assertThat(rows.found(FoundKind.BOILERPLATE)).containsExactly("train 1", "train 3");
        assertThat(rows.found(FoundKind.UNSAFE)).containsExactly("train 2");
        assertThat(section.getExamplesList()).hasSize(3);
    }

    @Test
    void licencesAreThoseOfTags() throws IOException {
        PlantedRows rows = new PlantedRows()
                .prompt("train", "a", "b", "License", "CC-BY-4.0")
                .prompt("train", "a", "c", "License", "CC-BY-4.0")
                .prompt("train", "a", "d");

        SuitabilityReport report = rows.measure(new Permission());

        assertThat(report.getPermission().getLicencesList())
                .containsExactly(
                        ShareOf.newBuilder().setName("CC-BY-4.0").setRows(2).build());
        assertThat(report.getUnmeasured(0).getWhy()).isEqualTo("1 of 3 rows name none");
    }

    @Test
    void whatIsNotThereIsSaid() throws IOException {
        assertThat(new PlantedRows().measure(new Permission()).getUnmeasuredList())
                .extracting(Unmeasured::getWhat)
                .containsExactly("permission");
        assertThat(new PlantedRows()
                        .text("train", "The end")
                        .measure(new Permission())
                        .getUnmeasuredList())
                .extracting(Unmeasured::getWhat)
                .containsExactly("licences");
    }
}

package dev.finetide.worker.evaluate.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.evaluation.v1.AnswerForm;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerFormsTest {
    private static final String ENGLISH = "The parcel is on the way and it will be with you on Friday.";
    private static final String GERMAN = "Das Paket ist auf dem Weg und wird am Freitag bei dir sein, nicht später.";

    @Test
    void lengthsAreThoseOfTheTextsWithoutWhiteSpaceAround() {
        AnswerForm form = AnswerForms.of(" grün \n", "yellow", List.of());

        assertThat(form.getCharacters()).isEqualTo(4);
        assertThat(form.getExpectedCharacters()).isEqualTo(6);
        assertThat(form.hasIsJson() || form.hasIsLabel() || form.hasSameLanguage())
                .isFalse();
    }

    @Test
    void jsonCountsWhereJsonIsExpected() {
        assertThat(AnswerForms.of("{\"a\": 1}", "{\"a\": 2}", List.of()).getIsJson())
                .isTrue();
        AnswerForm talk = AnswerForms.of("Here it is: {\"a\": 1}", "{\"a\": 2}", List.of());
        assertThat(talk.hasIsJson()).isTrue();
        assertThat(talk.getIsJson()).isFalse();
        assertThat(AnswerForms.of("{\"a\": 1}", "17", List.of()).hasIsJson()).isFalse();
    }

    @Test
    void aLabelIsTheWholeReply() {
        List<String> labels = List.of("billing", "returns");

        assertThat(AnswerForms.of("returns ", "billing", labels).getIsLabel()).isTrue();
        assertThat(AnswerForms.of("It is about returns.", "billing", labels).getIsLabel())
                .isFalse();
    }

    @Test
    void anotherLanguageOrScriptIsSeenWhereBothTextsTellTheirs() {
        assertThat(AnswerForms.of(GERMAN, ENGLISH, List.of()).getSameLanguage()).isFalse();
        assertThat(AnswerForms.of(ENGLISH, ENGLISH, List.of()).getSameLanguage())
                .isTrue();
        AnswerForm russian = AnswerForms.of("Утром на рынке было тихо, и мы пошли домой.", ENGLISH, List.of());
        assertThat(russian.hasSameLanguage()).isTrue();
        assertThat(russian.getSameLanguage()).isFalse();
        assertThat(AnswerForms.of("yes", ENGLISH, List.of()).hasSameLanguage()).isFalse();
    }
}

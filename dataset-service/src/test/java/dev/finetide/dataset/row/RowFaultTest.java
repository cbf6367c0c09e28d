package dev.finetide.dataset.row;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.dataset.record.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Every reason is a clause that stands alone, wherever it is shown: "the row has no messages".
class RowFaultTest {
    private static final List<Path> SOURCES =
            List.of(Path.of("src/main/java"), Path.of("../model-files/src/main/java/dev/finetide/modelfiles/row"));
    private static final Pattern REASON = Pattern.compile(
            "(?:new RowFault|new RowFormFault|refuse)\\((?:file, line, )?\\s*\"([^\"]*)\"", Pattern.DOTALL);
    private static final Pattern FOREIGN_FORM = Pattern.compile("\"((?:the row )?(?:is|has) [^\"]*)\"");

    @Test
    void everyReasonHasASubject() throws IOException {
        List<String> beginnings = new ArrayList<>();
        for (Path sources : SOURCES) {
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    boolean forms = file.endsWith("ForeignForms.java");
                    Matcher reason = (forms ? FOREIGN_FORM : REASON).matcher(Files.readString(file));
                    while (reason.find()) {
                        beginnings.add(reason.group(1));
                    }
                }
            }
        }
        assertThat(beginnings)
                .hasSizeGreaterThan(10)
                .allSatisfy(beginning -> assertThat(beginning)
                        .doesNotMatch("(?s)(is|has|have|are|was|becomes|must|cannot|needs|names) .*"));
    }

    @Test
    void reasonsReadAsEnglish() {
        assertThat(
                        Rows.reason(
                                "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},{\"role\":\"assistant\",\"content\":\"a\"}],\"tools\":7}"))
                .isEqualTo("tools is not a list");
        assertThat(Rows.reason("7")).isEqualTo("the row is not a JSON object");
        assertThat(Rows.reason("{\"a\":1,\"a\":2}")).isEqualTo("the row has the key \"a\" twice");
        assertThat(Rows.reason("{\"messages\":[{\"role\":\"user\",\"role\":\"user\"}]}"))
                .isEqualTo("messages[0] has the key \"role\" twice");
        assertThat(Rows.reason("{\"prompt\":\"a\\u0000\"}")).isEqualTo("prompt has a NUL character");
        assertThat(Rows.reason("{\"messages\":[{\"a\\u0000\":1}]}"))
                .isEqualTo("a key of messages[0] has a NUL character");
        assertThat(Rows.reason("{\"prompt\":\"a\"}")).isEqualTo("the row has no completion");
    }
}

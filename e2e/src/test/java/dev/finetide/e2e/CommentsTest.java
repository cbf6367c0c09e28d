package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A documentation comment's first sentence stands alone in a hover text: it begins with neither a pronoun nor a
/// subordinate clause, which need a sentence before them.
class CommentsTest {
    private static final Pattern OPENING =
            Pattern.compile("(?:Of|With|What|Those|Whoever|Whatever|That|Its|Their|It|They|He|She"
                    // The pronoun, not "This class": a verb follows it.
                    + "|This (?:is|was|has|does|can|may|must|will|would|should|takes|makes|needs|says))\\b.*");

    @Test
    void noDocumentationCommentOfJavaBeginsWithAPronoun() throws IOException {
        List<String> offences = new ArrayList<>();
        for (Path file : sources("java")) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                if (line.startsWith("///")
                        && !(i > 0 && lines.get(i - 1).strip().startsWith("///"))) {
                    check(file, i, line.substring(3), offences);
                } else if (line.equals("/**") && i + 1 < lines.size()) {
                    check(file, i + 1, lines.get(i + 1).strip().replaceFirst("^\\*", ""), offences);
                } else if (line.startsWith("/**")) {
                    check(file, i, line.substring(3), offences);
                }
            }
        }
        assertThat(String.join("\n", offences)).isEmpty();
    }

    @Test
    void noCommentOfTheContractBeginsWithAPronoun() throws IOException {
        List<String> offences = new ArrayList<>();
        for (Path file : sources("proto")) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                if (line.startsWith("//") && !(i > 0 && lines.get(i - 1).strip().startsWith("//"))) {
                    check(file, i, line.substring(2), offences);
                }
            }
        }
        assertThat(String.join("\n", offences)).isEmpty();
    }

    private static void check(Path file, int line, String comment, List<String> offences) {
        if (OPENING.matcher(comment.strip()).matches()) {
            offences.add(Finetide.HOME.relativize(file) + ":" + (line + 1) + " " + comment.strip());
        }
    }

    /// The files of every module's `src` with this ending.
    private static List<Path> sources(String ending) throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Finetide.HOME)) {
            for (Path folder : modules.map(module -> module.resolve("src"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith("." + ending)).forEach(sources::add);
                }
            }
        }
        assertThat(sources).isNotEmpty();
        return sources;
    }
}

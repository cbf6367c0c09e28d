package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Documents rot where they name things that are gone, and where they grow. Every class, file and heading that a
/// document names exists, no document names what a reader of the repository does not have, and sizes are bounded.
class DocumentsTest {
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+)`");
    private static final Pattern LINK = Pattern.compile("]\\(([^):#]*)(?:#([^)]+))?\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);
    private static final Pattern DEFINITION = Pattern.compile("^(?:message|service|enum) (\\w+)", Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("\\S*[\\p{L}\\p{N}]\\S*");
    private static final Pattern TABLE = Pattern.compile("^\\| -", Pattern.MULTILINE);

    /// Folders and notes of those who write the project.
    private static final Pattern ELSEWHERE = Pattern.compile(
            "\\.\\./shared|design\\.md|design notes|issue \\d|(?:last|this) session|this machine|(?<![\\w.~$])/(?:work|root|home)/",
            Pattern.CASE_INSENSITIVE);

    /// A log tells what was true in its month, so classes that it names may be gone.
    private static final String LOG = "benchmarks/log/";

    private static final Set<String> NOT_OURS = Set.of(".git", "target", "finetide-demo");
    private static final int README_LINES = 120;
    private static final int RATIONALE_WORDS = 1500;
    private static final int BENCHMARKS_WORDS = 1000;

    @ParameterizedTest
    @MethodSource("documents")
    void everyClassThatADocumentNamesExists(String name) throws IOException {
        Set<String> classes = name.startsWith(LOG)
                ? new TreeSet<>()
                : CLASS.matcher(read(name))
                        .results()
                        .map(match -> match.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
        classes.removeAll(known());
        assertThat(classes).as("classes that %s names and nobody defines", name).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkLeadsToAFileAndAHeading(String name) throws IOException {
        Path document = Finetide.HOME.resolve(name);
        assertThat(LINK.matcher(read(name)).results()).allSatisfy(link -> {
            Path file = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
            assertThat(file).as("a link of %s", name).exists();
            if (link.group(2) != null) {
                assertThat(anchors(Files.readString(file)))
                        .as("headings of %s", file)
                        .contains(link.group(2));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("documents")
    void noDocumentNamesWhatAReaderDoesNotHave(String name) throws IOException {
        assertThat(ELSEWHERE.matcher(read(name)).results().map(match -> match.group()))
                .as("what only we have, in %s", name)
                .isEmpty();
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(read("README.md").lines().count()).isLessThanOrEqualTo(README_LINES);
    }

    @Test
    void aRationaleIsATableOfDecisions() throws IOException {
        List<String> rationales =
                documents().filter(name -> name.endsWith("/RATIONALE.md")).toList();
        assertThat(rationales).isNotEmpty().allSatisfy(name -> {
            assertThat(words(read(name))).as("words of %s", name).isLessThanOrEqualTo(RATIONALE_WORDS);
            assertThat(read(name)).as(name).contains("| decision |");
        });
    }

    @Test
    void todaysMeasurementsAreOneTable() throws IOException {
        String text = read("benchmarks/README.md");
        assertThat(TABLE.matcher(text).results().count()).isEqualTo(1);
        assertThat(words(text)).isLessThanOrEqualTo(BENCHMARKS_WORDS);
    }

    /// Every Markdown file of the project, by its path from the root.
    private static Stream<String> documents() throws IOException {
        return files(".md").stream().map(file -> Finetide.HOME.relativize(file).toString());
    }

    private static String read(String name) throws IOException {
        return Files.readString(Finetide.HOME.resolve(name));
    }

    /// Words and numbers; a table's bars are none.
    private static long words(String text) {
        return WORD.matcher(text).results().count();
    }

    /// Anchors of a document's headings, as GitHub makes them.
    private static Set<String> anchors(String text) {
        return HEADING.matcher(text)
                .results()
                .map(match -> match.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    /// Names of our classes, and of the contract's messages and services.
    private static Set<String> known() throws IOException {
        Set<String> known = new TreeSet<>();
        for (Path file : files(".java")) {
            String name = file.getFileName().toString();
            known.add(name.substring(0, name.length() - ".java".length()));
        }
        for (Path file : files(".proto")) {
            DEFINITION.matcher(Files.readString(file)).results().forEach(match -> known.add(match.group(1)));
        }
        return known;
    }

    private static List<Path> files(String ending) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(Finetide.HOME, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                return NOT_OURS.contains(folder.getFileName().toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.getFileName().toString().endsWith(ending)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return files;
    }
}

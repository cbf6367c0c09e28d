package dev.finetide.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Documents rot where they name what is gone: every class and every linked file that they name exists.
class DocumentsTest {
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]*)+)`");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)\\)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ARCHITECTURE.md",
                "README.md",
                "CONTRIBUTING.md",
                "proto/README.md",
                "k8s/README.md",
                "k8s/RUNBOOK.md",
                "containers/README.md"
            })
    void everyClassAndFileThatADocumentNamesExists(String name) throws IOException {
        Path document = Finetide.HOME.resolve(name);
        String text = Files.readString(document);
        Set<String> classes = CLASS.matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        classes.removeAll(known());
        assertThat(classes).as("classes that %s names and nobody defines", name).isEmpty();
        assertThat(LINK.matcher(text).results().map(match -> document.resolveSibling(match.group(1))))
                .allSatisfy(file -> assertThat(file).exists());
    }

    /// Names of our classes, and of the contract's messages and services.
    private static Set<String> known() throws IOException {
        Set<String> known = new TreeSet<>();
        Pattern definition = Pattern.compile("^(?:message|service|enum) (\\w+)", Pattern.MULTILINE);
        try (Stream<Path> files = Files.walk(Finetide.HOME)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String fileName = file.getFileName().toString();
                if (fileName.endsWith(".java")) {
                    known.add(fileName.substring(0, fileName.length() - 5));
                } else if (fileName.endsWith(".proto")) {
                    definition.matcher(Files.readString(file)).results().forEach(match -> known.add(match.group(1)));
                }
            }
        }
        return known;
    }
}

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/// Prints the slowest test classes of a build and how many tests it skipped for which reason, out of the reports that
/// Surefire and Failsafe write. `./finetide test` runs it after Maven. With `CI=true` it exits with 1 if a test was
/// skipped for a reason that is not in [#GOOD_REASONS].
public final class TestReports {
    private static final int SLOWEST = 10;

    /// Reasons for which CI may skip a test: the machine is of another kind, and nothing that CI could install changes
    /// that. A test that lacks a program, a file or a right is not excused: `.ci/run` prepares these.
    private static final List<Pattern> GOOD_REASONS = List.of(
            Pattern.compile("no (CUDA|GPU)", Pattern.CASE_INSENSITIVE),
            // Tests on images run in the profile `containers` alone.
            Pattern.compile("container engine|docker", Pattern.CASE_INSENSITIVE),
            // Another processor or system than the build's: WarmUpTest, TorchRuntimeTest.
            Pattern.compile("processor multiplies in bf16|libtorch comes with oneDNN there"));

    private record TestClass(String name, double seconds) {}

    private final List<TestClass> classes = new ArrayList<>();
    private final Map<String, Integer> skips = new TreeMap<>();
    private int tests;

    private TestReports() {}

    /// @param arguments the second of the epoch when the build began: older reports are of other builds
    public static void main(String[] arguments) throws Exception {
        TestReports reports = new TestReports();
        reports.readNewerThan(Instant.ofEpochSecond(Long.parseLong(arguments[0])));
        if (reports.tests == 0) {
            return;
        }
        reports.printSlowest();
        List<String> refused = "true".equals(System.getenv("CI")) ? reports.refusedReasons() : List.of();
        refused.forEach(reason -> System.out.println("no reason to skip a test in CI: " + reason));
        reports.printSkips();
        System.exit(refused.isEmpty() ? 0 : 1);
    }

    private void readNewerThan(Instant begin) throws IOException, ParserConfigurationException, SAXException {
        DocumentBuilder parser = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        for (Path report : reports(begin)) {
            Document document = parser.parse(report.toFile());
            Element suite = document.getDocumentElement();
            classes.add(new TestClass(suite.getAttribute("name"), Double.parseDouble(suite.getAttribute("time"))));
            tests += suite.getElementsByTagName("testcase").getLength();
            NodeList skipped = suite.getElementsByTagName("skipped");
            for (int i = 0; i < skipped.getLength(); i++) {
                skips.merge(reason((Element) skipped.item(i)), 1, Integer::sum);
            }
        }
    }

    private static List<Path> reports(Instant begin) throws IOException {
        List<Path> reports = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(""))) {
            for (Path module : modules.toList()) {
                for (String kind : List.of("surefire-reports", "failsafe-reports")) {
                    Path folder = module.resolve("target").resolve(kind);
                    if (Files.isDirectory(folder)) {
                        try (Stream<Path> files = Files.list(folder)) {
                            files.filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                                    .forEach(reports::add);
                        }
                    }
                }
            }
        }
        List<Path> newer = new ArrayList<>();
        for (Path report : reports) {
            if (Files.getLastModifiedTime(report).compareTo(FileTime.from(begin)) >= 0) {
                newer.add(report);
            }
        }
        return newer;
    }

    /// Returns the reason without the words of JUnit and AssertJ around it.
    private static String reason(Element skipped) {
        return skipped.getAttribute("message")
                .replaceFirst("^Assumption failed: ", "")
                .replaceFirst("^assumption was not met due to:\\s*", "")
                .replaceFirst("^skipped: ", "")
                .strip()
                .lines()
                .findFirst()
                .orElse("no reason given");
    }

    private void printSlowest() {
        System.out.println("The slowest test classes:");
        classes.stream()
                .sorted(Comparator.comparingDouble(TestClass::seconds).reversed())
                .limit(SLOWEST)
                .forEach(its -> System.out.printf("%7.1f s  %s%n", its.seconds(), its.name()));
    }

    private List<String> refusedReasons() {
        return skips.keySet().stream()
                .filter(reason -> GOOD_REASONS.stream().noneMatch(good -> good.matcher(reason).find()))
                .toList();
    }

    private void printSkips() {
        int skipped = skips.values().stream().mapToInt(Integer::intValue).sum();
        String reasons = skips.entrySet().stream()
                .map(entry -> entry.getValue() + " (" + entry.getKey() + ")")
                .collect(Collectors.joining(", "));
        System.out.println(tests + " tests, " + skipped + " skipped" + (reasons.isEmpty() ? "" : ": " + reasons));
    }
}

package dev.finetide.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Templates that would take minutes or gigabytes if one of their operations were not charged.
class TemplateCostTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/finetide/jinja");
    private static final Limits SMALL = new Limits(20_000, 100, 4 << 20, 16 << 20);
    private static final Limits LARGE = new Limits(2_000_000, 500, 16 << 20, 128 << 20);
    private static final List<String> OPERATORS =
            List.of("+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in");
    private static final String DOUBLING =
            "{% set ns = namespace(a=(), b=()) %}{% for i in range(60) %}{% set ns.a = (ns.a, ns.a) %}"
                    + "{% set ns.b = (ns.b, ns.b) %}{% endfor %}";
    private static final String LONG_TEXT = "{% set t = 'a' * 1000000 %}{% set n = '1' * 1000000 %}";
    private static final String LONG_LIST = "{% set l = range(100000) %}";

    /// Each operation of the tables gets long texts, lists and numbers. The names come from the sources, so that a new
    /// filter, test, method or function is part of this test.
    @Test
    void everyOperationEndsWithinItsBudget() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("seed of the operations' arguments: " + seed);
        Random random = new Random(seed);
        List<String> templates = templates(random);
        Map<String, Object> values = values();

        long start = System.nanoTime();
        assertTimeoutPreemptively(
                Duration.ofSeconds(120), () -> templates.forEach(template -> render(template, values)));

        System.out.println(templates.size() + " operations on long values took "
                + Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms");
    }

    private static List<String> templates(Random random) throws IOException {
        List<String> names = List.copyOf(values().keySet());
        List<String> templates = new ArrayList<>();
        for (String value : names) {
            for (String filter : names("builtin/Filters.java", "builtin/SequenceFilters.java")) {
                templates.add(call(value + "|" + filter, names, random));
            }
            for (String test : names("builtin/Tests.java")) {
                if (!"=!<>".contains(test.substring(0, 1))) {
                    templates.add(call(value + " is " + test, names, random));
                }
            }
            for (String method :
                    names("python/StringMethods.java", "python/TextSplitting.java", "python/CollectionMethods.java")) {
                templates.add(call(value + "." + method, names, random));
            }
            for (String operator : OPERATORS) {
                templates.add("{{ " + value + " " + operator + " " + pick(names, random) + " }}");
            }
            templates.add("{{ " + value + "[" + pick(names, random) + "] }}");
            templates.add("{{ " + value + "[" + pick(names, random) + ":" + pick(names, random) + ":-1] }}");
            templates.add("{{ {" + value + ": 1} }}");
            for (String function : List.of(
                    "range",
                    "dict",
                    "namespace",
                    "joiner",
                    "cycler",
                    "raise_exception",
                    "strftime_now",
                    "loop.changed")) {
                templates.add("{% for x in [1] %}" + call(function, names, random) + "{% endfor %}");
            }
        }
        return templates;
    }

    private static String call(String operation, List<String> names, Random random) {
        List<String> arguments = IntStream.range(0, random.nextInt(4))
                .mapToObj(i -> i == 1 && random.nextBoolean() ? "'name'" : pick(names, random))
                .toList();
        return "{{ " + operation + "(" + String.join(", ", arguments) + ") }}";
    }

    private static String pick(List<String> names, Random random) {
        return names.get(random.nextInt(names.size()));
    }

    /// Reads the names of a table of operations.
    private static List<String> names(String... files) throws IOException {
        List<String> names = new ArrayList<>();
        for (String file : files) {
            for (String line : Files.readAllLines(SOURCES.resolve(file))) {
                if (line.strip().startsWith("case \"") && line.contains("->")) {
                    String labels = line.substring(line.indexOf("case ") + 5, line.indexOf("->"));
                    Arrays.stream(labels.split(","))
                            .map(label -> label.strip().replace("\"", ""))
                            .forEach(names::add);
                }
            }
        }
        assertThat(names).as(String.join(", ", files)).hasSizeGreaterThan(12);
        return names.stream().distinct().toList();
    }

    private static Map<String, Object> values() {
        Map<String, Object> values = new HashMap<>();
        values.put("text", "a".repeat(150_000));
        values.put("digits", "1".repeat(150_000));
        values.put("spaces", " \n".repeat(75_000));
        values.put("format", "%s{:,}%(a)s{0.a}%5d".repeat(15_000));
        values.put("letters", "ﬃß😀".repeat(50_000));
        values.put("list", IntStream.range(0, 20_000).boxed().toList());
        values.put(
                "texts",
                IntStream.range(0, 10_000).mapToObj(i -> "name" + i % 5_000).toList());
        values.put(
                "large",
                IntStream.range(0, 20).mapToObj(i -> "a".repeat(30_000)).toList());
        values.put(
                "pairs",
                IntStream.range(0, 5_000).mapToObj(i -> List.of(i, "x")).toList());
        Map<String, Object> map = new HashMap<>();
        IntStream.range(0, 5_000).forEach(i -> map.put("key" + i, Map.of("name", i)));
        values.put("map", map);
        values.put("maps", List.copyOf(map.values()));
        values.put("huge", Long.MAX_VALUE);
        values.put("least", Long.MIN_VALUE);
        values.put("million", 1_000_000L);
        values.put("small", 1.5e-300);
        values.put("infinite", Double.POSITIVE_INFINITY);
        values.put("negative", -1L);
        values.put("nothing", null);
        values.put("letter", "x");
        values.put("filter", "upper");
        return values;
    }

    /// Renders, or ends by the error that templates end with.
    private static void render(String template, Map<String, Object> values) {
        try {
            Map<String, Object> used = new HashMap<>(values);
            used.keySet().removeIf(name -> !template.contains(name));
            JinjaTemplate.parse(template, SMALL, Clock.systemUTC()).render(used);
        } catch (TemplateException e) {
            assertThat(e.getMessage()).hasSizeLessThan(500).doesNotContain("aaaaaaaa", "11111111", "name2");
        } catch (RuntimeException | Error e) {
            throw new AssertionError(template, e);
        }
    }

    /// Each of these took more than ten seconds, or all memory, before its operation was charged.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ 1.5|round(100000000) }}",
                "{{ 1.5|round(-2000000000, 'floor') }}",
                LONG_TEXT + "{{ (n ~ 'x')|float }}",
                LONG_TEXT + "{{ (n ~ 'x')|int }}",
                LONG_TEXT + "{{ '{:,}'.format(n) }}",
                LONG_TEXT + "{{ (t[:500000] ~ 'b') in t }}",
                LONG_TEXT + "{{ t.rfind('b' ~ t[:500000]) }}",
                LONG_TEXT + "{{ t.count(t[:400000] ~ 'b') }}",
                LONG_TEXT + "{{ t.replace('a', t) }}",
                LONG_TEXT + "{{ t.split('a')|length }}",
                LONG_TEXT + "{{ t.rsplit('a')|length }}",
                LONG_TEXT + "{{ ('a ' * 500000).split()|length }}",
                LONG_TEXT + "{% for i in range(100000) %}{{ (t ~ i)|float }}{% endfor %}",
                LONG_TEXT + "{% for i in range(100000) %}{% if t[i] == t.upper() %}{% endif %}{% endfor %}",
                LONG_TEXT + "{% for i in range(100000) %}{{ {t: i}.get(t ~ 'x') }}{% endfor %}",
                LONG_TEXT + "{{ ([t] * 100000)|join|length }}",
                LONG_TEXT + "{{ ([t] * 100000)|map('upper')|list|length }}",
                LONG_TEXT + "{{ ([t ~ 'b', t ~ 'a'] * 50000)|sort|length }}",
                LONG_TEXT + "{{ range(100000)|map('string')|map('center', 100000)|list|length }}",
                LONG_LIST + "{{ l|unique|list|length }}",
                LONG_LIST + "{% for i in l %}{% if -1 in l %}{% endif %}{% endfor %}",
                LONG_LIST + "{% for i in l %}{{ l|select('in', l)|list|length }}{% endfor %}",
                LONG_LIST + "{% for i in l %}{{ l.index(99999) }}{{ l.count(i) }}{% endfor %}",
                LONG_LIST + "{% set ns = namespace(x=l) %}{% for i in l %}{% set ns.x = ns.x + l %}{% endfor %}",
                LONG_LIST + "{{ ([l] * 1000)|sum(start=[])|length }}",
                LONG_LIST + "{% for i in l %}{{ l|string|length }}{{ l|tojson|length }}{% endfor %}",
                LONG_LIST + "{% for i in l %}{% for x in l|batch(1, 1)|slice(100000)|list %}{% endfor %}{% endfor %}",
                "{% set ns = namespace(x=[]) %}{% for i in range(100000) %}{% set ns.x = [ns.x, 'x' * 1000000] %}{% endfor %}",
                "{% for i in range(100000) %}{{ strftime_now('%A' * 100000)|length }}{% endfor %}",
                "{% for i in range(100000) %}{{ ('%999d' * 1000) % ((1,) * 1000) }}{% endfor %}",
                "{{ (',' * 10000000).split(',')|length }}",
                "{{ [{}]|sort(attribute=',' * 10000000) }}",
                "{{ [{}]|map(attribute='.' * 10000000)|list }}",
                "{{ [1]|slice(16000000)|list|length }}",
                "{{ [1]|batch(16000000, 'x')|list|length }}",
                "{{ dict(range(100000)|batch(2)) }}{% for i in range(100000) %}{{ dict(range(100000)|batch(2))|length }}{% endfor %}",
                "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
                DOUBLING + "{{ ns.a == ns.b }}",
                DOUBLING + "{{ ns.a < ns.b }}",
                DOUBLING + "{{ ns.a|string }}",
                DOUBLING + "{{ ns.a|tojson }}",
                DOUBLING + "{{ {ns.a: 1} }}",
                DOUBLING + "{{ [ns.a, ns.b]|unique|list|length }}",
                DOUBLING + "{{ '%s' % ns.a }}{{ '{}'.format(ns.a) }}",
            })
    void anOperationWithoutEndEnds(String template) {
        long start = System.nanoTime();
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            try {
                JinjaTemplate.parse(template, LARGE, Clock.systemUTC()).render(Map.of());
            } catch (TemplateException e) {
                assertThat(e.reason())
                        .containsAnyOf("steps", "longer", "makes values", "nesting", "pairs", "places", "thousands");
            }
        });
        System.out.println(Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms: "
                + template.replaceAll("^.*%}(?=\\{\\{)", ""));
    }

    /// Each value alone is within its limit, and the steps would allow far more.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x, 'x' * 100000] %}{% endfor %}",
                "{% set ns = namespace(x='') %}{% for i in range(1000) %}{% set ns.x = ns.x ~ 'x' * 1000 %}{% endfor %}",
                "{% set ns = namespace(x=0) %}{% for i in range(100000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}",
                "{% set ns = namespace(x=0) %}{% for i in range(100000) %}{% set ns.x = (ns.x, loop) %}{% endfor %}",
                "{{ ('x' * 1000000)|list|length }}",
                "{% for i in range(1000) %}{{ 'x' * 10000 }}{% endfor %}",
                "{% for i in range(1000) %}{% set x %}{{ 'x' * 10000 }}{% endset %}{% endfor %}",
                "{% for i in range(100000) %}{% generation %}{% endgeneration %}{% endfor %}",
                "{{ range(100000)|map('string')|list|length }}",
                "{{ [[1]]|map('batch', 1, 'x')|map('list')|list * 0 }}{{ range(100000)|batch(1)|list|length }}",
            })
    void allValuesTogetherAreBounded(String template) {
        Limits limits = new Limits(Integer.MAX_VALUE, 500, 4 << 20, 2 << 20);

        assertThatThrownBy(() ->
                        JinjaTemplate.parse(template, limits, Clock.systemUTC()).render(Map.of()))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("makes values of more than 2097152 characters");
    }

    @Test
    void longNumbersInATemplateAreErrors() {
        for (String source : List.of("{{ " + "1".repeat(500_000) + " }}", "{{ 1" + "_1".repeat(200_000) + " }}")) {
            assertThatThrownBy(() -> JinjaTemplate.parse(source))
                    .isInstanceOf(TemplateException.class)
                    .hasMessageContaining("number");
        }
    }

    @Test
    void renderingsShareAnAllowance() {
        JinjaTemplate template = JinjaTemplate.parse("{% for i in range(1000) %}{{ i }}{% endfor %}");
        Allowance allowance = new Allowance(10_000);
        JinjaTemplate limited = template.within(allowance);

        limited.render(Map.of());

        assertThat(allowance.left()).isBetween(1_000L, 8_000L);
        assertThatThrownBy(() -> {
                    limited.render(Map.of());
                    limited.render(Map.of());
                    limited.render(Map.of());
                })
                .hasMessageContaining("steps");
        assertThat(template.render(Map.of()).text()).hasSize(2_890);
    }

    @Test
    void anInterruptEndsARendering() throws InterruptedException {
        JinjaTemplate template = JinjaTemplate.parse(
                "{% for a in range(9999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
                new Limits(Long.MAX_VALUE, 100, 1 << 20, Long.MAX_VALUE), Clock.systemUTC());
        List<String> reasons = new ArrayList<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                template.render(Map.of());
            } catch (TemplateException e) {
                reasons.add(e.reason());
            }
        });

        thread.interrupt();

        assertThat(thread.join(Duration.ofMinutes(3))).isTrue();
        assertThat(reasons).containsExactly("the rendering was interrupted");
    }
}

package dev.finetide.retrieval.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentReaderTest {
    @Test
    void markdownKeepsCodeTablesAndBothFormsOfHeadings() {
        Document document = read("guide/set-up.md", """
                Set up
                ======

                First **line**
                second line.

                ## Code and [links](http://x.example) ##
                ```
                # not a heading

                still code
                ```
                | a | b |
                | - | - |
                | 1 | 2 |

                - one

                - two
                ***
                Under it
                --------
                > quoted
                """);

        assertThat(document.title()).isEqualTo("Set up");
        assertThat(described(document))
                .containsExactly(
                        "h1 Set up",
                        "p First **line**\nsecond line.",
                        "h2 Code and links",
                        "lines ```\n# not a heading\n\nstill code\n```",
                        "lines | a | b |\n| - | - |\n| 1 | 2 |",
                        "lines - one\n\n- two\n***",
                        "h2 Under it",
                        "lines > quoted");
    }

    @Test
    void frontMatterGivesTheTitleAndIsNoText() {
        Document document = read("a.md", "---\ntitle: \"The manual\"\ntags:\n  - x\n---\nText.\n");
        assertThat(document.title()).isEqualTo("The manual");
        assertThat(described(document)).containsExactly("p Text.");

        assertThat(described(read("b.md", "---\nA rule above.\n\nBelow.\n\n---\n")))
                .containsExactly("p ---\nA rule above.", "p Below.\n\n---");
    }

    @Test
    void whatAReaderDoesNotSeeHasNoNumberInMarkdown() {
        assertThat(described(read("a.md", "<!-- a licence -->\n\nOne.\n\n[x]: http://x.example\n\n***\n\nTwo.\n")))
                .containsExactly("p <!-- a licence -->\n\nOne.\n\n[x]: http://x.example\n\n***", "p Two.");
    }

    @Test
    void plainTextHasParagraphsBetweenEmptyLines() {
        Document document = read("my_notes-1.txt", "\uFEFFone\r\nline\r\n \r\ntwo\n\n\n\nthree\r\rfour");
        assertThat(document.title()).isEqualTo("my notes 1");
        assertThat(described(document)).containsExactly("p one\r\nline", "p two", "p three", "p four");
    }

    @Test
    void htmlIsWhatAReaderSees() {
        Document document = read("x.html", """
                <!doctype html><html><head><title>Page &amp; title</title><style>p { color: red }</style></head>
                <body><nav><a href="/">Menu</a></nav><h1>Head<br>line</h1>
                <p>One   <b>bold</b> word.</p>loose text<script>alert(1)</script>
                <div hidden>unseen</div>
                <ul><li>first<li>second <p>more</p></ul>
                <table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
                <pre>x = 1
                  y</pre></body></html>
                """);
        assertThat(document.title()).isEqualTo("Page & title");
        assertThat(described(document))
                .containsExactly(
                        "h1 Head line",
                        "p One bold word.",
                        "p loose text",
                        "lines - first\n- second\nmore",
                        "lines a | b\n1 | 2",
                        "lines x = 1\n  y");
    }

    @Test
    void recordsAreDocumentsAndEachHasAName() throws IOException {
        List<Document> documents = new ArrayList<>();
        new DocumentReader().read("all.jsonl", in("""
                        {"title": "Tides", "text": "one\\n\\ntwo"}

                        {"title": "Tides", "text": "three"}
                        {"document": "a/b.md", "title": null, "text": "four"}
                        {"text": "five", "other": [1, {"x": 2}]}"""), documents::add);
        assertThat(documents)
                .extracting(Document::name)
                .containsExactly("Tides", "Tides #2", "a/b.md", "all.jsonl line 5");
        assertThat(documents).extracting(Document::title).startsWith("Tides", "Tides", "a/b.md");
        assertThat(described(documents.getFirst())).containsExactly("p one", "p two");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            {"text": "a \\ud800 b"}; line 2 has a field text with half of a surrogate pair
            {"text": 5}; line 2 has a field text that is not a text
            {"title": "only"}; line 2 has no text
            ["secret"]; line 2 is not a JSON object
            {"text": "secret"; line 2 is not one valid JSON object
            {"text": "a"} secret; line 2 is not one valid JSON object
            {"text": "a", "text": "secret"}; line 2 is not one valid JSON object
            """)
    void aBadRecordIsNamedByItsLineAndNotByItsText(String line, String message) {
        assertThatThrownBy(() -> read("r.jsonl", "{\"text\": \"fine\"}\n" + line + "\n"))
                .isInstanceOf(DocumentException.class)
                .hasMessageStartingWith("r.jsonl " + message)
                .hasMessageNotContaining("secret");
    }

    @Test
    void whatIsNotTextIsRefusedByTheFilesName() {
        assertThatThrownBy(() -> read("a/b.md", new byte[] {'o', 'k', ' ', (byte) 0xC3, '(', 'x'}))
                .hasMessage("a/b.md is not UTF-8: byte 3 begins no character");
        assertThatThrownBy(() -> read("a.txt", new byte[] {'o', 'k', (byte) 0xE2, (byte) 0x82}))
                .hasMessage("a.txt is not UTF-8: byte 2 begins no character");
        assertThatThrownBy(() -> read("a.jsonl", new byte[] {'{', '}', '\n', '"', (byte) 0xFF}))
                .hasMessageContaining("a.jsonl ");
        assertThatThrownBy(() -> read("a.txt", new byte[] {'a', 0, 'b'}))
                .hasMessage("a.txt is binary: it holds a NUL character");
        assertThatThrownBy(() -> read("a.txt", "\uFEFFwide".getBytes(StandardCharsets.UTF_16LE)))
                .hasMessage("a.txt is UTF-16; store it as UTF-8");
        assertThatThrownBy(() -> read("a.txt", "%PDF-1.7 text".getBytes(StandardCharsets.UTF_8)))
                .hasMessageStartingWith("a.txt is a PDF");
        assertThatThrownBy(() -> read("a.docx", "x"))
                .hasMessageStartingWith("a.docx has an ending that no document has");
        assertThatThrownBy(() -> read("a.jsonl", "\n \n")).hasMessage("a.jsonl holds no record");
        for (String empty : List.of("a.txt", "a.md", "a.html")) {
            assertThatThrownBy(() -> read(empty, " \n\u00A0\n")).hasMessage(empty + " has no text");
        }
    }

    @ParameterizedTest
    @CsvSource({"big.txt", "big.md", "big.html", "big.jsonl"})
    void aFileWithoutEndIsRefusedAfterTheMostBytes(String file) {
        Endless endless = new Endless();
        InputStream in = new SequenceInputStream(in("{\"text\": \"fine\"}\n"), endless);
        assertThatThrownBy(() -> new DocumentReader(100_000).read(file, in, _ -> {}))
                .isInstanceOf(DocumentException.class)
                .hasMessageStartingWith(file + " ")
                .hasMessageContaining("100000 bytes, the most that one document may have");
        assertThat(endless.given).isLessThan(1_000_000);
    }

    @Test
    void titlesAndHeadingsAreBoundedBecauseEachChunkCarriesThem() {
        Document document = read("a.md", "# " + "🙂".repeat(100_000) + "\n\ntext\n");
        assertThat(document.title()).isEqualTo("🙂".repeat(150));
        assertThat(described(document)).containsExactly("h1 " + "🙂".repeat(150), "p text");
    }

    @Test
    void aFileOfTooManyPartsIsRefused() {
        assertThatThrownBy(() -> read("a.md", "- a\n".repeat(200_001)))
                .hasMessageStartingWith("a.md has more than 200000 lines");
        assertThatThrownBy(() -> read("a.html", "<p>a".repeat(500_001)))
                .hasMessageStartingWith("a.html has more than 500000 tags");
    }

    @Test
    void aFileOfRecordsMayBeLargerThanADocument() throws IOException {
        int[] count = {0};
        byte[] records = "{\"text\": \"a record of some words\"}\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
        new DocumentReader(100).read("many.jsonl", new ByteArrayInputStream(records), _ -> count[0]++);
        assertThat(count[0]).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource({
        "x.md, >",
        "x.md, [",
        "x.md, *_",
        "x.md, '- '",
        "x.md, `",
        "x.md, '|-'",
        "x.md, <a",
        "x.md, '# '",
        "x.md, '[a]('",
        "x.md, '[a]: b\n'",
        "x.md, '- a\n'",
        "x.md, 'a\n'",
        "x.md, '---\na:b\n'",
        "x.html, <div>",
        "x.html, <b>",
        "x.html, <table><tr><td>",
        "x.html, <ul><li>",
        "x.html, &amp;",
        "x.html, <p>a",
        "x.html, <a href=",
        "x.html, <h1>a",
        "x.txt, 'a '",
        "x.txt, 'a\n\n'"
    })
    void aFileMadeToBeSlowEndsSoon(String file, String part) {
        String text = "a " + part.repeat(380_000 / part.length());
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> read(file, text));
    }

    private static final class Endless extends InputStream {
        private long given;

        @Override
        public int read() {
            given++;
            return 'a';
        }
    }

    private static InputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Document read(String file, String text) {
        return read(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Document read(String file, byte[] bytes) {
        List<Document> documents = new ArrayList<>();
        try {
            new DocumentReader().read(file, new ByteArrayInputStream(bytes), documents::add);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return documents.getFirst();
    }

    private static List<String> described(Document document) {
        return document.blocks().stream()
                .map(block -> {
                    String text = document.text().substring(block.start(), block.end());
                    return switch (block) {
                        case Block.Heading heading -> "h" + heading.level() + " " + heading.text();
                        case Block.Paragraph paragraph -> (paragraph.lines() ? "lines " : "p ") + text;
                    };
                })
                .toList();
    }
}

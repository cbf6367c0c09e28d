package dev.finetide.retrieval.document;

import dev.finetide.retrieval.document.Document.Parsed;
import dev.finetide.retrieval.words.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.LinkReferenceDefinition;
import org.commonmark.node.Node;
import org.commonmark.node.Paragraph;
import org.commonmark.node.SourceSpan;
import org.commonmark.node.Text;
import org.commonmark.node.ThematicBreak;
import org.commonmark.parser.IncludeSourceSpans;
import org.commonmark.parser.Parser;

/// Markdown: CommonMark says where its outermost blocks are, and the text stays as the author wrote it. Front
/// matter is left out, except for its title.
final class MarkdownBlocks {
    /// Front matter begins with a line `key:`, so that a rule at the beginning does not open it.
    private static final Pattern FRONT_MATTER = Pattern.compile("\\A---[ \\t]*\\R[A-Za-z_][\\w .-]*:.*\\R"
            + "(?:(?:[A-Za-z_][\\w .-]*:|[ \\t#]|- ).*\\R|\\R){0,200}?(?:---|\\.\\.\\.)[ \\t]*(?:\\R|\\z)");

    private static final Pattern TITLE =
            Pattern.compile("^title:[ \\t]*(['\"]?)(.{1,300}?)\\1[ \\t]*$", Pattern.MULTILINE);

    private static final Pattern LINK = Pattern.compile("!?\\[([^\\]\\[]*)]\\([^()]*\\)");
    private static final Pattern EMPHASIS = Pattern.compile("\\*\\*|\\*|`|(?<![\\p{L}\\p{N}])_+|_+(?![\\p{L}\\p{N}])");

    /// Deepest nesting of quotes and lists that is told apart.
    private static final int DEEPEST = 50;

    /// Only headings need their text, and nothing needs the parts of a line, whose parsing is the costly part.
    private static final Parser PARSER = Parser.builder()
            .includeSourceSpans(IncludeSourceSpans.BLOCKS)
            .maxOpenBlockParsers(DEEPEST)
            .inlineParserFactory(context -> (lines, node) -> {
                if (node instanceof Heading) {
                    node.appendChild(new Text(lines.getContent()));
                }
            })
            .build();

    private MarkdownBlocks() {}

    static Parsed parse(String text) {
        Matcher front = FRONT_MATTER.matcher(text);
        int body = front.lookingAt() ? front.end() : 0;
        List<Block> blocks = new ArrayList<>();
        for (Node node = PARSER.parse(text.substring(body)).getFirstChild(); node != null; node = node.getNext()) {
            List<SourceSpan> spans = node.getSourceSpans();
            if (!spans.isEmpty() && !isUnseen(node)) {
                SourceSpan last = spans.getLast();
                int start = body + spans.getFirst().getInputIndex();
                blocks.add(block(node, text, start, body + last.getInputIndex() + last.getLength()));
            }
        }
        return new Parsed(title(text.substring(0, body), blocks), text, reachingBack(blocks, text, body));
    }

    private static Block block(Node node, String text, int start, int end) {
        return switch (node) {
            case Heading heading -> new Block.Heading(heading.getLevel(), plain(heading), start, end);
            case Paragraph _ -> new Block.Paragraph(isTable(text.substring(start, end)), start, end);
            default -> new Block.Paragraph(true, start, end);
        };
    }

    /// The second line of a table is nothing but bars, dashes, colons and spaces.
    private static boolean isTable(String paragraph) {
        String second = paragraph.lines().skip(1).findFirst().orElse("");
        return second.contains("-") && second.chars().allMatch(c -> " \t|:-".indexOf(c) >= 0);
    }

    /// Tells what a reader does not see as a paragraph: rules, targets of links, comments. Their words go to
    /// the block before, so paragraphs have the numbers that a reader counts.
    private static boolean isUnseen(Node node) {
        return node instanceof ThematicBreak
                || node instanceof LinkReferenceDefinition
                || node instanceof HtmlBlock html && html.getLiteral().startsWith("<!--");
    }

    /// Gives words before the first block, such as those of a rule, to that block.
    private static List<Block> reachingBack(List<Block> blocks, String text, int body) {
        int start = body;
        while (start < text.length() && Words.isSpace(text.charAt(start))) {
            start++;
        }
        if (blocks.isEmpty()) {
            return List.of(new Block.Paragraph(true, start, text.length()));
        }
        int from = Math.min(start, blocks.getFirst().start());
        blocks.set(
                0,
                switch (blocks.getFirst()) {
                    case Block.Heading first -> new Block.Heading(first.level(), first.text(), from, first.end());
                    case Block.Paragraph first -> new Block.Paragraph(first.lines(), from, first.end());
                });
        return blocks;
    }

    private static String plain(Heading heading) {
        String text = heading.getFirstChild() instanceof Text words ? words.getLiteral() : "";
        return EMPHASIS.matcher(LINK.matcher(text).replaceAll("$1"))
                .replaceAll("")
                .strip()
                .replaceAll("\\s+", " ");
    }

    private static String title(String front, List<Block> blocks) {
        Matcher given = TITLE.matcher(front);
        if (given.find()) {
            return given.group(2).strip();
        }
        Optional<Block.Heading> first = blocks.stream()
                .filter(Block.Heading.class::isInstance)
                .map(Block.Heading.class::cast)
                .filter(heading -> heading.level() == 1 && !heading.text().isEmpty())
                .findFirst();
        return first.map(Block.Heading::text).orElse("");
    }
}

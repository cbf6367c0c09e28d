package dev.finetide.retrieval.document;

import dev.finetide.retrieval.document.Document.Parsed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeFilter;

/// HTML: the text that a reader of the page sees, a block of the page a paragraph. Scripts, styles, menus (`nav`)
/// and hidden elements are left out. A list, a table and preformatted text is one paragraph each, its items and
/// rows are lines, and ` | ` stands between cells.
final class HtmlBlocks implements NodeFilter {
    private static final Set<String> UNSEEN =
            Set.of("script", "style", "noscript", "template", "svg", "iframe", "nav", "head", "object", "canvas");
    private static final Set<String> GROUPS = Set.of("ul", "ol", "dl", "table", "pre");
    private static final Set<String> CELLS = Set.of("td", "th");

    private final StringBuilder text = new StringBuilder();
    private final List<Block> blocks = new ArrayList<>();
    private final StringBuilder block = new StringBuilder();
    private int groups;
    private int preformatted;
    private boolean lines;
    private boolean space;

    private HtmlBlocks() {}

    static Parsed parse(String html) {
        org.jsoup.nodes.Document page = Jsoup.parse(html);
        HtmlBlocks reader = new HtmlBlocks();
        page.body().filter(reader);
        reader.endBlock(0);
        String title = page.title();
        Element first = title.isBlank() ? page.body().selectFirst("h1") : null;
        return new Parsed(first == null ? title : first.text(), reader.text.toString(), reader.blocks);
    }

    @Override
    public FilterResult head(Node node, int depth) {
        if (node instanceof TextNode words) {
            append(words.getWholeText());
        } else if (node instanceof Element element) {
            String name = element.normalName();
            if (UNSEEN.contains(name) || element.hasAttr("hidden")) {
                return FilterResult.SKIP_ENTIRELY;
            }
            begin(element, name);
        }
        return FilterResult.CONTINUE;
    }

    private void begin(Element element, String name) {
        if (level(name) > 0) {
            endBlock(0);
        } else if (GROUPS.contains(name)) {
            if (groups++ == 0) {
                endBlock(0);
                lines = true;
            }
            preformatted += name.equals("pre") ? 1 : 0;
            endLine();
        } else if (name.equals("br")) {
            endLine();
        } else if (CELLS.contains(name)) {
            if (!block.isEmpty() && block.charAt(block.length() - 1) != '\n') {
                block.append(" | ");
            }
            space = false;
        } else if (element.isBlock()) {
            endPart();
            if (name.equals("li")) {
                block.append("- ");
            }
        }
    }

    @Override
    public FilterResult tail(Node node, int depth) {
        if (node instanceof Element element) {
            String name = element.normalName();
            if (level(name) > 0) {
                endBlock(level(name));
            } else if (GROUPS.contains(name)) {
                preformatted -= name.equals("pre") ? 1 : 0;
                if (--groups == 0) {
                    endBlock(0);
                } else {
                    endLine();
                }
            } else if (element.isBlock() && !CELLS.contains(name)) {
                endPart();
            }
        }
        return FilterResult.CONTINUE;
    }

    private static int level(String name) {
        return name.length() == 2 && name.charAt(0) == 'h' && name.charAt(1) >= '1' && name.charAt(1) <= '6'
                ? name.charAt(1) - '0'
                : 0;
    }

    private void endPart() {
        if (groups > 0) {
            endLine();
        } else {
            endBlock(0);
        }
    }

    private void endLine() {
        space = false;
        if (!block.isEmpty() && block.charAt(block.length() - 1) != '\n' && !endsWithBullet()) {
            block.append('\n');
        }
    }

    private boolean endsWithBullet() {
        return block.length() >= 2 && block.substring(block.length() - 2).equals("- ");
    }

    private void append(String words) {
        if (preformatted > 0) {
            block.append(words);
            return;
        }
        for (int i = 0; i < words.length(); i++) {
            char c = words.charAt(i);
            if (Character.isWhitespace(c) || c == '\u00A0') {
                space = !block.isEmpty() && !Character.isWhitespace(block.charAt(block.length() - 1));
            } else {
                if (space) {
                    block.append(' ');
                    space = false;
                }
                block.append(c);
            }
        }
    }

    /// Ends the block: a heading where `level` is not 0.
    private void endBlock(int level) {
        String words = block.toString().strip();
        if (!words.isEmpty() && !words.equals("-")) {
            if (!text.isEmpty()) {
                text.append("\n\n");
            }
            int start = text.length();
            text.append(words);
            String heading = level > 0 ? words.replaceAll("\\s+", " ") : "";
            blocks.add(
                    level > 0
                            ? new Block.Heading(level, heading, start, text.length())
                            : new Block.Paragraph(lines, start, text.length()));
        }
        block.setLength(0);
        space = false;
        lines = groups > 0;
    }
}

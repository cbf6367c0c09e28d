package dev.finetide.cli.dataset.tokens;

import dev.finetide.cli.client.Names;
import dev.finetide.cli.output.Colour;
import dev.finetide.cli.output.Formats;
import dev.finetide.cli.output.PlaceText;
import dev.finetide.cli.output.Printable;
import dev.finetide.cli.output.RowReportText;
import dev.finetide.proto.dataset.v1.RowToken;
import dev.finetide.proto.dataset.v1.RowTokens;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.IntStream;

/// Prints a row as a base reads it. The tokens that carry loss stand between ⟦ and ⟧.
///
/// @param coloured whether the learnt tokens are green too, token by token, and special tokens are dim
record TokenText(boolean coloured) {
    void print(RowTokens row, PrintWriter out) {
        out.println(head(row));
        findings(row).forEach(finding -> out.println("  ! " + finding));
        out.println();
        out.println(text(row));
        if (row.getMoreTokens() > 0) {
            out.println("... and " + Formats.count(row.getMoreTokens()) + " more tokens");
        }
        out.println();
        out.println("learnt: ⟦ ⟧   \\n is a line break that a token has; the line breaks after it are for reading");
        out.flush();
    }

    /// Returns where the row stands and its counts, in two lines.
    static String head(RowTokens row) {
        String place = PlaceText.of(row.getRow().getPlace());
        return Printable.line(row.getRow().getSplit()) + " row " + row.getRow().getNumber()
                + (place.isEmpty() ? "" : ", " + place)
                + ", read by " + Names.brief(row.getBase())
                + (row.getChatTemplate() ? ", with its chat template" : ", as text")
                + "\n" + counts(row);
    }

    static String counts(RowTokens row) {
        return Formats.count(row.getTokensCount() + row.getMoreTokens()) + " tokens of at most "
                + Formats.count(row.getContextTokens())
                + ", "
                + Formats.count(row.getLearntTokens()) + " of them learnt; the prompt alone has "
                + Formats.count(row.getPromptTokens());
    }

    /// Returns what is wrong with the row, and with which part of it.
    static List<String> findings(RowTokens row) {
        return IntStream.range(0, row.getFindingsCount())
                .mapToObj(i -> {
                    String field = i < row.getFindingFieldsCount() ? row.getFindingFields(i) : "";
                    return RowReportText.words(row.getFindings(i))
                            + (field.isEmpty() ? "" : ": " + Printable.line(field));
                })
                .toList();
    }

    private String text(RowTokens row) {
        StringBuilder text = new StringBuilder();
        boolean inside = false;
        int place = 0;
        for (RowToken token : row.getTokensList()) {
            if (token.getLearnt() != inside) {
                text.append(inside ? '⟧' : '⟦');
                inside = !inside;
            }
            append(token, place++, text);
        }
        return text.append(inside ? "⟧" : "").toString();
    }

    /// @param place number of the token in the row: neighbours get two shades, so that their border shows
    private void append(RowToken token, int place, StringBuilder text) {
        Colour shade = token.getLearnt()
                ? place % 2 == 0 ? Colour.LEARNT : Colour.LEARNT_NEXT
                : token.getSpecial() ? Colour.SPECIAL : Colour.PLAIN;
        String[] lines = Printable.text(token.getText()).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String shown = lines[i].replace("\t", "\\t") + (i < lines.length - 1 ? "\\n" : "");
            boolean shaded = coloured && shade != Colour.PLAIN && !shown.isEmpty();
            text.append(shaded ? shade.of(shown) : shown).append(i < lines.length - 1 ? "\n" : "");
        }
    }
}

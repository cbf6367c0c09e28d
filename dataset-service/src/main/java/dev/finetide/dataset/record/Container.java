package dev.finetide.dataset.record;

import dev.finetide.dataset.record.JsonOutline.Kind;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.kit.error.ApiException;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// A kind of file that holds records. A new one is a class with [Cutting] and a line in the table.
///
/// @param text    whether the file is text, which has an encoding
/// @param sign    recognises a file
/// @param opening begins to cut
record Container(String name, boolean text, Sign sign, Opening opening) {
    interface Sign {
        boolean isIn(Sample sample);
    }

    interface Opening {
        Cutting of(OpenedFile file) throws IOException;
    }

    /// Every container that is read. The first one whose sign a file has is the file's.
    private static final List<Container> TABLE = List.of(
            new Container("parquet", false, sample -> ParquetCuts.isParquet(sample.bytes()), ParquetCuts::open),
            new Container("arrow", false, sample -> ArrowCuts.isArrow(sample.bytes()), ArrowCuts::open),
            new Container("json", true, sample -> sample.json().kind() == Kind.DOCUMENT, JsonCuts::open),
            new Container("jsonl", true, Container::isJsonl, JsonlCuts::open),
            new Container("tsv", true, sample -> sample.delimiter() == '\t', CsvCuts::open),
            new Container("csv", true, sample -> true, CsvCuts::open));

    private static final Set<String> JSON_ENDINGS = Set.of(".jsonl", ".ndjson", ".json", ".jsonlines");
    private static final Set<String> TEXT_ENDINGS = Set.of(".csv", ".tsv", ".tab", ".txt");

    /// Finds the container of a file.
    ///
    /// @param named name that the user gives; empty to detect
    /// @throws ApiException INVALID_FIELD for an unknown name, and for a file that is something else
    static Container of(String path, Sample sample, String named) {
        Container found = TABLE.stream()
                .filter(container -> container.sign.isIn(sample))
                .findFirst()
                .orElseThrow();
        if (named.isEmpty()) {
            if (found.name.equals("csv") && !TEXT_ENDINGS.contains(sample.ending()) && sample.hasNul()) {
                throw ApiException.invalidField(
                        path, "its first bytes are of no kind that is known, expected " + names());
            }
            return found;
        }
        Container wanted = TABLE.stream()
                .filter(container -> container.name.equals(named))
                .findFirst()
                .orElseThrow(() -> ApiException.invalidField(
                        "container", "expected " + names() + ", got " + RowFault.quoted(named)));
        wanted.checkFits(path, found, sample);
        return wanted;
    }

    /// Refuses a file that is clearly something else than its user says.
    private void checkFits(String path, Container found, Sample sample) {
        boolean fits = found.name.equals(name)
                || text
                        && found.text
                        && (sample.isBlank()
                                || switch (name) {
                                    case "json" -> sample.isJson();
                                    case "jsonl" -> !found.name.equals("json") && sample.mayHaveJsonLines();
                                    default -> !sample.isJson();
                                });
        if (!fits) {
            throw ApiException.invalidField(
                    path,
                    "is named " + name + ", but it is " + found.name + " by its first bytes"
                            + (found.name.equals("csv") || found.name.equals("json")
                                    ? found.name.equals("csv")
                                            ? " (or another text)"
                                            : " (one document over several lines, or a list)"
                                    : ""));
        }
    }

    private static boolean isJsonl(Sample sample) {
        return sample.json().kind() == Kind.LINES
                || sample.isBlank() && !TEXT_ENDINGS.contains(sample.ending())
                || JSON_ENDINGS.contains(sample.ending()) && sample.mayHaveJsonLines();
    }

    private static String names() {
        return TABLE.stream().map(Container::name).collect(Collectors.joining(", "));
    }
}

package dev.finetide.dataset.ingest;

import dev.finetide.dataset.row.RowFault;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the names of splits from paths and columns, as Hugging Face's datasets does:
/// `data/train-00000-of-00002.parquet`,
/// `validation/data-00000-of-00001.arrow`, `squad_dev.jsonl`.
final class SplitNames {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?");
    private static final Pattern PART = Pattern.compile("(.+)-\\d{5}-of-\\d{5}");
    /// Words for the splits that every version may have.
    private static final Map<String, String> WORDS = Map.ofEntries(
            Map.entry("train", "train"),
            Map.entry("training", "train"),
            Map.entry("validation", "validation"),
            Map.entry("valid", "validation"),
            Map.entry("val", "validation"),
            Map.entry("dev", "validation"),
            Map.entry("test", "test"),
            Map.entry("testing", "test"),
            Map.entry("eval", "test"),
            Map.entry("evaluation", "test"));

    private SplitNames() {}

    /// Returns the split that a path tells; empty if it tells none.
    static Optional<String> ofPath(String path) {
        List<String> segments = List.of(path.toLowerCase(Locale.ROOT).split("/"));
        String file = segments.getLast();
        String stem = file.contains(".") ? file.substring(0, file.indexOf('.')) : file;
        Matcher part = PART.matcher(stem);
        boolean isPart = part.matches();
        String base = isPart ? part.group(1) : stem;
        Optional<String> known = word(base);
        if (known.isPresent()) {
            return known;
        }
        for (int i = segments.size() - 2; i >= 0; i--) {
            if (WORDS.containsKey(segments.get(i))) {
                return Optional.of(WORDS.get(segments.get(i)));
            }
        }
        if (isPart && base.equals("data") && segments.size() > 1) {
            return plain(segments.get(segments.size() - 2));
        }
        return isPart && !base.equals("data") ? plain(base) : Optional.empty();
    }

    /// Returns the split that a value of a column names.
    static String ofColumn(String value) throws RowFault {
        String lower = value.strip().toLowerCase(Locale.ROOT);
        if (WORDS.containsKey(lower)) {
            return WORDS.get(lower);
        }
        return plain(lower)
                .orElseThrow(() -> new RowFault("the split column's value is no name of a split: expected lower-case"
                        + " letters, digits, - and _, at most 63"));
    }

    /// Finds a word for a split among the words of a file's name.
    private static Optional<String> word(String base) {
        for (String token : base.split("[^a-z0-9]+")) {
            if (WORDS.containsKey(token)) {
                return Optional.of(WORDS.get(token));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> plain(String name) {
        return NAME.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }
}

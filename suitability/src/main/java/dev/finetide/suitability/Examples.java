package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.RowFound;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Keeps the first findings as examples, a few of each kind, so that no frequent kind hides the
/// others: first one of each kind, then the second ones. Not thread-safe.
public final class Examples {
    private final int most;
    private final int mostOfOne;
    private final Map<String, Integer> counts = new HashMap<>();
    private final List<Example> chosen = new ArrayList<>();

    /// @param place 1 for the first example of its kind
    private record Example(int place, RowFound found) {}

    /// @param most largest number of examples
    /// @param mostOfOne largest number of one kind
    public Examples(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    public void add(String kind, RowFound found) {
        int place = counts.merge(kind, 1, Integer::sum);
        if (chosen.size() < most && place <= mostOfOne) {
            chosen.add(new Example(place, found));
        }
    }

    public List<RowFound> chosen() {
        return chosen.stream()
                .sorted(Comparator.comparingInt(Example::place))
                .map(Example::found)
                .toList();
    }
}

package dev.finetide.suitability;

import dev.finetide.proto.dataset.v1.RowFound;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Keeps the first findings as examples, a few of each kind, so that no frequent kind hides the others. Not
/// thread-safe.
public final class Examples {
    private final int most;
    private final int mostOfOne;
    private final Map<String, Integer> counts = new HashMap<>();
    private final List<RowFound> chosen = new ArrayList<>();

    /// @param most largest number of examples
    /// @param mostOfOne largest number of one kind
    public Examples(int most, int mostOfOne) {
        this.most = most;
        this.mostOfOne = mostOfOne;
    }

    public void add(String kind, RowFound found) {
        if (chosen.size() < most && counts.merge(kind, 1, Integer::sum) <= mostOfOne) {
            chosen.add(found);
        }
    }

    public List<RowFound> chosen() {
        return chosen;
    }
}

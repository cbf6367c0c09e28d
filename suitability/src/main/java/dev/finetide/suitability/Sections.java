package dev.finetide.suitability;

import java.util.List;

/// Lists the sections that need the rows alone.
public final class Sections {
    private Sections() {}

    /// Returns the sections in the order in which they are made. The verdict comes last.
    public static List<Section> all() {
        return List.of();
    }
}

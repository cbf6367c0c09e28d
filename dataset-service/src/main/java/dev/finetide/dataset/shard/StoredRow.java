package dev.finetide.dataset.shard;

import dev.finetide.proto.dataset.v1.RowPlace;
import java.util.SortedMap;

/// A row of a version as it is stored.
///
/// @param number 1-based number of the row in its split
/// @param place place in the upload; empty for a row of a version that is older than places
/// @param json canonical row, without place and tags
public record StoredRow(String split, long number, RowPlace place, SortedMap<String, String> tags, byte[] json) {}

package dev.finetide.suitability;

import dev.finetide.sft.text.TextRow;
import java.util.SortedMap;

/// A row that a report looks at.
///
/// @param number 1-based number of the row in its split
/// @param id first 16 hex digits of the SHA-256 of the canonical row without tags
/// @param tags values by names, without an order that means anything
public record ReportRow(String split, long number, String id, TextRow row, SortedMap<String, String> tags) {}

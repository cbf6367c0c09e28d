package dev.finetide.jinja;

/// A range of a rendered text in Java characters (UTF-16 units): from `start` up to but not including `end`.
public record Span(int start, int end) {}

package dev.finetide.demo;

import java.util.Optional;

/// A customer's mail and what is true about it.
///
/// @param category what is wrong: one of six
/// @param priority `high`, `normal` or `low`
/// @param product  its kind, without the brand
/// @param customer who signed it
record Mail(
        String text,
        String category,
        String priority,
        Optional<String> product,
        Optional<String> order,
        String customer) {}

package dev.finetide.demo;

import java.util.Optional;

/// A customer's mail with the facts that it states.
///
/// @param category kind of the problem: one of six
/// @param priority `high`, `normal` or `low`
/// @param product kind of the product, without the brand
/// @param customer name of the customer who signed the mail
record Mail(
        String text,
        String category,
        String priority,
        Optional<String> product,
        Optional<String> order,
        String customer) {}

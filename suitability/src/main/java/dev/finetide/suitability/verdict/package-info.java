/// Sums a report up: whether fine-tuning fits, and which path else.
package dev.finetide.suitability.verdict;

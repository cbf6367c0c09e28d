/// A linear classifier of texts, and the words that it looks at.
package dev.finetide.suitability.linear;

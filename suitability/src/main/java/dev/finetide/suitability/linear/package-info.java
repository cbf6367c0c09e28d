/// A linear classifier of texts.
package dev.finetide.suitability.linear;

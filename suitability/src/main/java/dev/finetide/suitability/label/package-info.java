/// Finds labels that are probably wrong.
package dev.finetide.suitability.label;

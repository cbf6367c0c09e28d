/// Finds rows that are equal or nearly equal, in one split and in two.
package dev.finetide.suitability.near;

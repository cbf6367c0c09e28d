/// Says what the rows are: their sizes, languages, forms, answer classes and common beginnings.
package dev.finetide.suitability.contents;

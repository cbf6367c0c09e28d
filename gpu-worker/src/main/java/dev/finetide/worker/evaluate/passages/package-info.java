/// Passages that are looked up for a question: the texts that are searched, and the search.
package dev.finetide.worker.evaluate.passages;

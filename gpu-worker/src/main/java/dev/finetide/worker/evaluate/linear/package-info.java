/// A linear classifier of texts.
package dev.finetide.worker.evaluate.linear;

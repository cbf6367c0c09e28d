/// The judge: a model behind an endpoint that says which of two answers to the same question is better.
package dev.finetide.worker.evaluate.judge;

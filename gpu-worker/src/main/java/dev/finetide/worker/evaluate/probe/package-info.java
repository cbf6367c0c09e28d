/// Probes of what training changes beside the task: their rows, and how replies to them are read.
package dev.finetide.worker.evaluate.probe;

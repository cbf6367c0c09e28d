/// Findings about what training changes beside the task: each trained arm against the base.
package dev.finetide.eval.behaviour;

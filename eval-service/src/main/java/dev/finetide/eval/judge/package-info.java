/// Numbers about what the judge of an evaluation has said.
package dev.finetide.eval.judge;

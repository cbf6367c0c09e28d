/// The tokens that a model directory's files name, without the tokenizer itself.
package dev.finetide.modelfiles.tokenizer;

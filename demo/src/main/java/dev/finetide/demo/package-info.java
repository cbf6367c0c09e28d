/// Makes the model and the data that `finetide demo` uses, all from a seed: the support-desk rows, the text
/// that the base reads while it is pretrained, its tokenizer and its weights. [dev.finetide.demo.MakeDemo] is
/// the command; what it made lies in `demo/base` and `demo/support-desk`.
package dev.finetide.demo;

/// Chat templates, chosen and rendered as transformers does, and what reaches the text that they render.
package dev.finetide.modelfiles.template;

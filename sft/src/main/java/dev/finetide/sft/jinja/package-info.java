/// A small Jinja interpreter for chat templates, written to agree with the sandboxed environment that Hugging Face
/// transformers renders them in (`trim_blocks`, `lstrip_blocks`, loop controls, `{% generation %}`, Python's `tojson`).
///
/// The road through it: [dev.finetide.sft.jinja.Template] is the entry, `Lexer` cuts the source into tokens,
/// `StatementParser` and `ExpressionParser` build `Statement` and `Expression` trees, `Interpreter` and `Evaluator`
/// walk them. Values are plain Java: `null`, `Boolean`, `Long`, `Double`, `String`, `List`, `Map`, plus the few types
/// that only templates know ([dev.finetide.sft.jinja] `Undefined`, `Namespace`, `Macro`, `Loop`). Nothing here changes
/// a value that a caller passed in, and text that comes from a value is never parsed as template code.
package dev.finetide.sft.jinja;

/// A small Jinja interpreter for chat templates. Rendering agrees with the sandboxed environment of Hugging Face
/// transformers: `trim_blocks`, `lstrip_blocks`, loop controls, `{% generation %}` and Python's `tojson`.
///
/// This package is all that other modules use; the entry is [dev.finetide.jinja.JinjaTemplate]. In reading order, the
/// packages below are: `syntax` turns a template's source into a tree of `Statement` and `Expression`; `value` holds
/// the types that a template's values have beyond `null`, `Boolean`, `Long`, `Double`, `String`, `List` and `Map`;
/// `python` holds Python's operators, members and methods of such values; `builtin` holds Jinja's filters, tests and
/// global functions; `render` walks the tree and writes the text.
///
/// Nothing here changes a value that a caller passed in. Text that comes from a value is never parsed as template code.
package dev.finetide.jinja;

/// Rows as a model sees them: the token ids, the tokens that carry loss, and what is worth knowing
/// about the row. The engine learns from rows through this package, and dataset-service explains
/// rows through it, so that both agree. Reasons never hold text of a row.
package dev.finetide.sft.text;

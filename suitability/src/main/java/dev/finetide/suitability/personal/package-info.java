/// Finds personal data and secrets in texts, for recipes that replace them and for the report that counts them.
package dev.finetide.suitability.personal;

/// Calls of functions: reading them out of replies and references, and comparing them by value.
package dev.finetide.metrics.calls;

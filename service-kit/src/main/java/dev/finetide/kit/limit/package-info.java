/// Bounds how much of a service one project may use.
package dev.finetide.kit.limit;

/// Models behind endpoints that speak OpenAI's chat completions.
package dev.finetide.worker.evaluate.endpoint;

/// `finetide up`, `down` and `status`: Kafka, PostgreSQL and the four services as supervised child processes. Start at
/// [dev.finetide.cli.stack.LocalStack].
package dev.finetide.cli.stack;

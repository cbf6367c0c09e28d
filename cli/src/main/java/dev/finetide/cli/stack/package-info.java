/// `finetide up`, `down` and `status`, which run Kafka, PostgreSQL and the four services as supervised child
/// processes. Start reading at [dev.finetide.cli.stack.LocalStack].
package dev.finetide.cli.stack;

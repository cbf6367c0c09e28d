/// Runs real Apache Kafka and real PostgreSQL as parts that start and stop. Each is a child process that never
/// outlives its parent. Start reading at [dev.finetide.embedded.EmbeddedKafka] and
/// [dev.finetide.embedded.EmbeddedPostgres]; tests of services use [dev.finetide.embedded.SharedInfrastructure].
package dev.finetide.embedded;

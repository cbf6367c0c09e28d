/// Real Apache Kafka and real PostgreSQL as parts that start and stop, each a child process that never outlives the
/// process that started it. Start at [dev.finetide.embedded.EmbeddedKafka] and
/// [dev.finetide.embedded.EmbeddedPostgres]; tests of services use [dev.finetide.embedded.SharedInfrastructure].
package dev.finetide.embedded;

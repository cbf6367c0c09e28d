package dev.finetide.kit.rule;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/// Checks the import table of ARCHITECTURE.md for the module of a service.
public final class ImportRules {
    /// The classes in which gRPC, Kafka, a database or Quarkus meets the service. They are listed by name, so that a
    /// new one is noticed.
    private static final String EDGE =
            ".*\\.(\\w*Beans|\\w*Consumers|\\w*Rpc|\\w*Meters|Postgres\\w*|Grpc\\w*)(\\$.*)?";

    private ImportRules() {}

    /// @param service the service's package
    public static ArchRule knowsNoOtherPart(String service) {
        String[] others = Stream.of("dataset", "training", "eval", "registry", "worker", "embedded", "cli")
                .map(part -> "dev.finetide." + part)
                .filter(part -> !part.equals(service))
                .map(part -> part + "..")
                .toArray(String[]::new);
        DescribedPredicate<JavaClass> engine =
                resideInAPackage("dev.finetide.sft..").and(resideOutsideOfPackage("dev.finetide.sft.text"));
        return noClasses()
                .should()
                .dependOnClassesThat(resideInAnyPackage(others).or(engine));
    }

    public static ArchRule onlyEdgesKnowFrameworks() {
        return noClasses()
                .that()
                .haveNameNotMatching(EDGE)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "io.quarkus..", "org.apache.kafka..", "java.sql..", "org.jdbi..");
    }
}

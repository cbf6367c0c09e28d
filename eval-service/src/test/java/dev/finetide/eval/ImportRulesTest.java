package dev.finetide.eval;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The import table of ARCHITECTURE.md, for this module.
@AnalyzeClasses(packages = "dev.finetide.eval", importOptions = DoNotIncludeTests.class)
class ImportRulesTest {
    @ArchTest
    static final ArchRule knowsNoOtherService = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.finetide.dataset..",
                    "dev.finetide.training..",
                    "dev.finetide.registry..",
                    "dev.finetide.sft..",
                    "dev.finetide.worker..",
                    "dev.finetide.embedded..");

    @ArchTest
    static final ArchRule theMainPathDecidesWithoutEdges = noClasses()
            .that()
            .haveSimpleName("Evaluations")
            .or()
            .haveSimpleName("EvaluationState")
            .or()
            .haveSimpleName("Trial")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.grpc..", "io.quarkus..", "org.apache.kafka..", "java.sql..", "org.jdbi..");
}

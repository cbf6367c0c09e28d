package dev.finetide.training;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// The import table of ARCHITECTURE.md, for this module.
@AnalyzeClasses(packages = "dev.finetide.training", importOptions = DoNotIncludeTests.class)
class ImportRulesTest {
    @ArchTest
    static final ArchRule knowsNoOtherService = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.finetide.dataset..",
                    "dev.finetide.eval..",
                    "dev.finetide.registry..",
                    "dev.finetide.sft..",
                    "dev.finetide.worker..",
                    "dev.finetide.embedded..");

    @ArchTest
    static final ArchRule theMainPathDecidesWithoutEdges = noClasses()
            .that()
            .haveSimpleName("TrainingRuns")
            .or()
            .haveSimpleNameStartingWith("Run")
            .or()
            .haveSimpleNameStartingWith("Config")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.grpc..", "io.quarkus..", "org.apache.kafka..", "java.sql..", "org.jdbi..");
}

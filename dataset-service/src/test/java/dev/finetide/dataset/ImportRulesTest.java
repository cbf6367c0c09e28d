package dev.finetide.dataset;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// ARCHITECTURE.md's import table, for this module.
@AnalyzeClasses(packages = "dev.finetide.dataset", importOptions = ImportOption.DoNotIncludeTests.class)
class ImportRulesTest {
    @ArchTest
    static final ArchRule NO_OTHER_SERVICE = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.finetide.registry..",
                    "dev.finetide.training..",
                    "dev.finetide.eval..",
                    "dev.finetide.sft..",
                    "dev.finetide.worker..",
                    "dev.finetide.cli..");

    @ArchTest
    static final ArchRule THE_MAIN_PATH_KNOWS_NO_EDGE = noClasses()
            .that()
            .haveSimpleName("DatasetIngest")
            .or()
            .resideInAnyPackage("dev.finetide.dataset.row", "dev.finetide.dataset.shard")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.grpc..", "org.apache.kafka..", "java.sql..", "org.jdbi..");
}

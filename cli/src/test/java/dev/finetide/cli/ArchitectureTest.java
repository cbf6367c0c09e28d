package dev.finetide.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.finetide.cli");

    @Test
    void servicesAndTheEngineAreOtherProcesses() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.finetide.sft..",
                        "dev.finetide.kit..",
                        "dev.finetide.blobs..",
                        "dev.finetide.worker..",
                        "dev.finetide.dataset..",
                        "dev.finetide.training..",
                        "dev.finetide.evaluation..",
                        "dev.finetide.registry..",
                        "io.quarkus..")
                .check(classes);
    }

    @Test
    void onlyEventsSpeakKafka() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.finetide.cli.events..", "dev.finetide.cli.stack..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(classes);
    }
}

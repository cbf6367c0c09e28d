package dev.finetide.embedded;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    @Test
    void importsNothingElseOfOurs() {
        noClasses()
                .should()
                .dependOnClassesThat(
                        DescribedPredicate.describe("are ours and of another module", ArchitectureTest::isForeign))
                .check(new ClassFileImporter().importPackages("dev.finetide.embedded"));
    }

    private static boolean isForeign(JavaClass type) {
        return type.getPackageName().startsWith("dev.finetide.")
                && !type.getPackageName().startsWith("dev.finetide.embedded");
    }
}

package dev.finetide.sft;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;

@AnalyzeClasses(packages = "dev.finetide", importOptions = DoNotIncludeTests.class)
class PackageRulesTest {
    /// A slice for each package of the engine, the root package too.
    private static final SliceAssignment PACKAGES = new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().startsWith("dev.finetide.sft")
                    ? SliceIdentifier.of(type.getPackageName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "packages of the engine";
        }
    };

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().assignedFrom(PACKAGES).should().beFreeOfCycles();

    @ArchTest
    static final ArchRule ofJinjaOnlyItsRootPackageIsUsed = noClasses()
            .that()
            .resideInAPackage("dev.finetide.sft..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.finetide.jinja.*..");

    /// Generation and the comparison with golden numbers are built on the engine, and the engine does not depend on
    /// them.
    @ArchTest
    static final ArchRule theEngineKnowsNeitherGenerationNorGoldens = classes()
            .that()
            .resideInAnyPackage("dev.finetide.sft.generate..", "dev.finetide.sft.golden..")
            .should()
            .onlyHaveDependentClassesThat()
            .resideOutsideOfPackages("dev.finetide.sft", "dev.finetide.sft.(*)..")
            .orShould()
            .onlyHaveDependentClassesThat()
            .resideInAnyPackage("dev.finetide.sft.generate..", "dev.finetide.sft.golden..");
}

package dev.finetide.sft.text;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.finetide.sft.text", importOptions = DoNotIncludeTests.class)
class PackageRulesTest {
    @ArchTest
    static final ArchRule ofJinjaOnlyItsRootPackageIsUsed =
            noClasses().should().dependOnClassesThat().resideInAPackage("dev.finetide.jinja.*..");

    /// Services read rows through this package, and have no libtorch.
    @ArchTest
    static final ArchRule knowsNoTensors = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.djl.pytorch..", "ai.djl.ndarray..", "ai.djl.engine..");
}

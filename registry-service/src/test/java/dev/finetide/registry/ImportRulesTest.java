package dev.finetide.registry;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.finetide.kit.rule.ImportRules;

@AnalyzeClasses(packages = "dev.finetide.registry", importOptions = DoNotIncludeTests.class)
class ImportRulesTest {
    @ArchTest
    static final ArchRule knowsNoOtherPart = ImportRules.knowsNoOtherPart("dev.finetide.registry");

    @ArchTest
    static final ArchRule onlyEdgesKnowFrameworks = ImportRules.onlyEdgesKnowFrameworks();
}

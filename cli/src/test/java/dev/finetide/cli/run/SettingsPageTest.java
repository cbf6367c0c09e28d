package dev.finetide.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.setting.RunSetting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `docs/settings.md` has a row for each setting, written out of the schema.
class SettingsPageTest {
    private static final Path PAGE = Path.of("../docs/settings.md");
    private static final String HEAD = """
            # Settings of a run

            Each setting is an option of `finetide run create` and a field of `TrainingConfig`, in gRPC requests and in a
            [FineTuneRun](../k8s/README.md) (there in camel case, `batchSize`). The service fills what is left out, refuses
            what is out of its range, and shows every value in the run. Options take the names of choices in lower case.

            This page is written out of [training_run.proto](../proto/src/main/proto/finetide/training/v1/training_run.proto):
            `./mvnw -pl cli -am test -Dtest=SettingsPageTest -Dsurefire.failIfNoSpecifiedTests=false -Dfinetide.generated=write`.

            | option | field | meaning | values | default |
            | --- | --- | --- | --- | --- |
            """;

    @Test
    void itIsThatOfTheSchema() throws IOException {
        String page =
                HEAD + RunSetting.all().stream().map(SettingsPageTest::row).collect(Collectors.joining("\n")) + "\n";
        if (System.getProperty("finetide.generated", "").equals("write")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(page);
    }

    private static String row(RunSetting setting) {
        String values = setting.choices().isEmpty()
                ? setting.range()
                : setting.choices().stream().map(choice -> "`" + choice + "`").collect(Collectors.joining(", "));
        return "| `%s` | `%s` | %s | %s | %s |"
                .formatted(
                        setting.setting().getFlag(),
                        setting.path().substring("config.".length()),
                        setting.setting().getHelp(),
                        values,
                        setting.defaultWords());
    }
}

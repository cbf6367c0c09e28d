package dev.finetide.cli.run;

import dev.finetide.proto.setting.RunSetting;
import java.util.ListResourceBundle;

/// The descriptions of [TrainingOptions] in `--help`, out of the schema. Picocli looks them up by the option's name.
public final class SettingDescriptions extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
        return RunSetting.all().stream()
                .map(setting -> new Object[] {setting.setting().getFlag().substring(2), setting.sentence()})
                .toArray(Object[][]::new);
    }
}

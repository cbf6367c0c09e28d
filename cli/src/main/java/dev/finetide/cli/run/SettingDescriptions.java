package dev.finetide.cli.run;

import dev.finetide.proto.setting.RunSetting;
import java.util.LinkedHashMap;
import java.util.ListResourceBundle;
import java.util.Map;

/// The descriptions of [TrainingOptions] in `--help`, out of the schema. Picocli looks them up by the option's name. An
/// option that sets several fields has the description of the first.
public final class SettingDescriptions extends ListResourceBundle {
    @Override
    protected Object[][] getContents() {
        Map<String, String> sentences = new LinkedHashMap<>();
        RunSetting.all()
                .forEach(setting ->
                        sentences.putIfAbsent(setting.setting().getFlag().substring(2), setting.sentence()));
        return sentences.entrySet().stream()
                .map(entry -> new Object[] {entry.getKey(), entry.getValue()})
                .toArray(Object[][]::new);
    }
}

package dev.finetide.cli.run;

import dev.finetide.proto.setting.RunSetting;
import java.util.Map;
import java.util.stream.Collectors;

/// How [TrainingOptions] and the request belong together.
final class TrainingFields {
    /// The option that sets a field of the request, by the field's path.
    static final Map<String, String> OPTION_BY_FIELD = RunSetting.all().stream()
            .collect(Collectors.toUnmodifiableMap(
                    RunSetting::path, setting -> setting.setting().getFlag()));

    private TrainingFields() {}
}

package dev.finetide.kit.name;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.kit.error.ApiException;
import dev.finetide.proto.errors.v1.ErrorReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResourceTypeTest {
    @Test
    void namesAndIdsAreInverse() {
        String name = ResourceType.DATASET_VERSION.name("default", "banking77", 3);
        assertThat(name).isEqualTo("projects/default/datasets/banking77/versions/3");
        assertThat(ResourceType.DATASET_VERSION.ids("name", name)).containsExactly("default", "banking77", "3");
        assertThat(ResourceType.DATASET_VERSION.matches(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "banking77",
                "projects/default/datasets/",
                "projects/default/datasets/a/versions/1",
                "projects/default/models/a",
                "projects/default/datasets/..",
                "projects/default/datasets/a..b",
                "projects/default/datasets/A",
                "projects/default/datasets/a%2e",
                "projects/default/datasets/a\\b",
                "projects/default/datasets/a\0",
                "/projects/default/datasets/a",
                "projects/default/datasets/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            })
    void refusesWhatIsNotADatasetName(String name) {
        assertThat(ResourceType.DATASET.matches(name)).isFalse();
        assertThatThrownBy(() -> ResourceType.DATASET.ids("dataset", name))
                .isInstanceOfSatisfying(ApiException.class, refused -> {
                    assertThat(refused.reason()).isEqualTo(ErrorReason.INVALID_FIELD);
                    assertThat(refused.violations().getFirst().field()).isEqualTo("dataset");
                    assertThat(refused).hasMessageContaining("projects/*/datasets/*");
                    assertThat(refused.getMessage()).matches("[\\x20-\\x7e]*");
                });
    }
}

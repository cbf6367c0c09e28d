package dev.finetide.modelfiles;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinearLayersTest {
    @Test
    void aPathNamesALayerByItsLastPart() {
        assertThat(LinearLayers.isNamedBy("q_proj")).isTrue();
        assertThat(LinearLayers.isNamedBy("model.layers.0.mlp.down_proj")).isTrue();
        assertThat(LinearLayers.isNamedBy("q_proj.weight")).isFalse();
        assertThat(LinearLayers.isNamedBy("q_projection")).isFalse();
        assertThat(LinearLayers.isNamedBy("")).isFalse();
    }
}

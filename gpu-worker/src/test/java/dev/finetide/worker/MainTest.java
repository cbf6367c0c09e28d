package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void anArgumentThatJavaCouldNotDecodeIsRefused() {
        assertThat(Main.run("generate", "--base", "demo", "--prompt=O\ufffd")).isEqualTo(78);
    }
}

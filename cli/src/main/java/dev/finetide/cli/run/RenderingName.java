package dev.finetide.cli.run;

import dev.finetide.proto.training.v1.Rendering;

/// How rows become text, as `--render` names it.
public enum RenderingName {
    CHAT(Rendering.CHAT_TEMPLATE),
    TEXT(Rendering.PLAIN_TEXT);

    private final Rendering rendering;

    RenderingName(Rendering rendering) {
        this.rendering = rendering;
    }

    public Rendering rendering() {
        return rendering;
    }
}

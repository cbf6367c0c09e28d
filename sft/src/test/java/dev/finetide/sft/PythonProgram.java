package dev.finetide.sft;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;

/// Runs programs that compute with transformers and PEFT.
final class PythonProgram {
    private PythonProgram() {}

    /// Returns the output of a program, or null when the program fails or is missing.
    static String run(String... command) throws InterruptedException {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.DISCARD);
            builder.environment().put("HF_HUB_OFFLINE", "1");
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? output : null;
        } catch (IOException e) {
            return null;
        }
    }
}

package dev.finetide.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.finetide.jinja.TemplateException;
import dev.finetide.modelfiles.ModelFormatException;
import dev.finetide.sft.golden.GoldenComparison;
import dev.finetide.sft.golden.GoldenFinding;
import dev.finetide.sft.golden.GoldenRenderings;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Compares the engine with numbers or texts that Hugging Face's libraries computed. Prints one line of JSON for each
/// comparison. Differences are results, not failures of this program.
@Command(name = "verify", description = "Compares the engine with Hugging Face's numbers.")
final class VerifyCommand implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameters(arity = "0..1", paramLabel = "DIR")
    private Optional<Path> goldens;

    @Option(names = "--renderings", paramLabel = "FILE")
    private Optional<Path> renderings;

    @Option(names = "--templates", paramLabel = "DIR")
    private Optional<Path> templates;

    @Mixin
    private MachineOptions machine;

    @Override
    public Integer call() {
        try (StopSignal _ = StopSignal.forWorkThatIsLost()) {
            if (goldens.isPresent()) {
                GoldenComparison.of(goldens.get(), machine.engine(), VerifyCommand::print);
            }
            if (renderings.isPresent() && templates.isPresent()) {
                GoldenRenderings.compare(renderings.get(), templates.get(), VerifyCommand::print);
            }
            return 0;
        } catch (ModelFormatException | TemplateException | IllegalArgumentException e) {
            throw new WorkerFailure(WorkerFailure.Reason.BAD_CONFIGURATION, e.getMessage(), e);
        }
    }

    private static void print(GoldenFinding finding) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("model", finding.model());
        line.put("file", finding.file());
        line.put("array", finding.array());
        line.put("error", number(finding.error()));
        line.put("tolerance", finding.tolerance());
        line.put("agrees", finding.agrees());
        print(line);
    }

    private static void print(GoldenRenderings.Finding finding) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("template", finding.template());
        line.put("case", finding.conversation());
        line.put("difference", finding.difference());
        line.put("agrees", finding.agrees());
        print(line);
    }

    /// Returns a number, or its text where it is NaN or infinite, which JSON cannot express.
    private static Object number(double value) {
        return Double.isFinite(value) ? value : String.valueOf(value);
    }

    private static void print(Map<String, Object> line) {
        try {
            System.out.println(JSON.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}

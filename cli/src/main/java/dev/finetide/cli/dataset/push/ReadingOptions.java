package dev.finetide.cli.dataset.push;

import dev.finetide.proto.dataset.v1.ReadOptions;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Options that say how rows are read from files. Everything that is not given is detected.
final class ReadingOptions {
    private static final Set<String> CONTAINERS = Set.of("jsonl", "json", "csv", "tsv", "parquet", "arrow");

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "Shape of the records (openai, prompt-completion, alpaca, sharegpt, gemini, bedrock, text), or"
                            + " their container, as with --container; default: detected.")
    private String format;

    @Option(
            names = "--container",
            paramLabel = "NAME",
            description =
                    "Container of the records: jsonl, json, csv, tsv, parquet or arrow; default: detected. gzip and"
                            + " zstd are always detected.")
    private String container;

    @Option(
            names = "--delimiter",
            paramLabel = "CHAR",
            description = "CSV: the character between fields, or tab; default: detected.")
    private String delimiter;

    @Option(
            names = "--encoding",
            paramLabel = "NAME",
            description = "Encoding of text, such as windows-1252; default: detected.")
    private String encoding;

    @Option(
            names = "--ignore-columns",
            paramLabel = "COLUMN",
            split = ",",
            description = "Keys or columns to leave out, separated by commas.")
    private List<String> ignoreColumns = List.of();

    @Option(
            names = "--tag-columns",
            paramLabel = "COLUMN",
            split = ",",
            description = "Keys or columns to keep as tags of the rows, for slices and splits.")
    private List<String> tagColumns = List.of();

    @Option(names = "--prompt-column", paramLabel = "COLUMN", description = "Key or column of the prompt.")
    private String promptColumn;

    @Option(names = "--completion-column", paramLabel = "COLUMN", description = "Key or column of the answer.")
    private String completionColumn;

    @Option(
            names = "--prompt-template",
            paramLabel = "TEMPLATE",
            description = "Template of the prompt, with {column} or {column|filter:argument,...}.")
    private String promptTemplate;

    @Option(names = "--completion-template", paramLabel = "TEMPLATE", description = "The template of the answer.")
    private String completionTemplate;

    @Option(
            names = "--system-template",
            paramLabel = "TEMPLATE",
            description = "The template of a system turn; with one, rows become chats.")
    private String systemTemplate;

    @Option(
            names = "--allow-empty",
            description = "Accept empty prompts, empty answers, and conversations that end with a user.")
    private boolean allowEmpty;

    ReadOptions options(CommandLine command) {
        ReadOptions.Builder options = ReadOptions.newBuilder()
                .addAllIgnoreColumns(ignoreColumns)
                .addAllTagColumns(tagColumns)
                .setAllowEmpty(allowEmpty);
        setFormat(options, command);
        if (delimiter != null) {
            options.setDelimiter(delimiter.equals("tab") || delimiter.equals("\\t") ? "\t" : delimiter);
        }
        if (encoding != null) {
            options.setEncoding(encoding);
        }
        if (promptColumn != null || completionColumn != null || promptTemplate != null || completionTemplate != null) {
            options.setPromptTemplate(template("prompt", promptTemplate, promptColumn, command))
                    .setCompletionTemplate(template("completion", completionTemplate, completionColumn, command));
        } else if (systemTemplate != null) {
            throw new ParameterException(
                    command, "--system-template needs templates or columns of the prompt and the completion too");
        }
        if (systemTemplate != null) {
            options.setSystemTemplate(systemTemplate);
        }
        return options.build();
    }

    private void setFormat(ReadOptions.Builder options, CommandLine command) {
        if (container != null) {
            options.setContainer(container.toLowerCase(Locale.ROOT));
        }
        if (format == null) {
            return;
        }
        String name = format.toLowerCase(Locale.ROOT);
        if (!CONTAINERS.contains(name)) {
            options.setShape(name);
        } else if (container == null || container.equalsIgnoreCase(name)) {
            options.setContainer(name);
        } else {
            throw new ParameterException(
                    command, "--format " + format + " and --container " + container + " contradict each other");
        }
    }

    private static String template(String part, String template, String column, CommandLine command) {
        if ((template == null) == (column == null)) {
            throw new ParameterException(
                    command, "rows made from columns need one of --" + part + "-column and --" + part + "-template");
        }
        if (column != null && !column.matches("[^{}|]+")) {
            throw new ParameterException(command, "--" + part + "-column: a column name cannot contain { } or |");
        }
        return column == null ? template : "{" + column + "}";
    }
}

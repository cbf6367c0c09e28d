package dev.finetide.embedded;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Password of the embedded broker, in a file of client settings as Kafka's own tools read it
/// (`--command-config`). Broker, controller and clients all use it, as the user `finetide` (SASL PLAIN;
/// nothing leaves the machine).
final class KafkaPassword {
    private static final String USER = "finetide";
    private static final String LOGIN = "sasl.jaas.config";
    private static final String PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required";
    private static final Pattern PASSWORD = Pattern.compile(" password=\"([0-9a-f]+)\"");

    private final Path file;

    KafkaPassword(Path file) {
        this.file = file;
    }

    /// Writes the settings of a client for a broker's address, with the password that the file has or a
    /// new one.
    void writeFor(String bootstrapServers) throws IOException {
        String password = Files.exists(file) ? read().orElseGet(SecretFile::newPassword) : SecretFile.newPassword();
        SecretFile.write(file, """
                # Settings of Kafka's clients for the local stack. Written by Finetide at every start.
                bootstrap.servers=%s
                security.protocol=SASL_PLAINTEXT
                sasl.mechanism=PLAIN
                %s=%s
                """.formatted(bootstrapServers, LOGIN, login(password)));
    }

    /// Returns the login of broker and controller: what they say to others, and whom they let in.
    String ofBroker() throws IOException {
        String password = read().orElseThrow(() -> new StartFailedException(file + " has no password"));
        return login(password).replace(";", " user_%s=\"%s\";".formatted(USER, password));
    }

    private static String login(String password) {
        return "%s username=\"%s\" password=\"%s\";".formatted(PLAIN, USER, password);
    }

    private Optional<String> read() throws IOException {
        Properties settings = new Properties();
        settings.load(new StringReader(SecretFile.read(file)));
        Matcher password = PASSWORD.matcher(settings.getProperty(LOGIN, ""));
        return password.find() ? Optional.of(password.group(1)) : Optional.empty();
    }
}

package dev.finetide.kit.auth;

import dev.finetide.proto.auth.v1.Role;
import dev.finetide.proto.file.WatchedFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/// Knows the callers that a file lists, a line each:
///
/// ```
/// SHA256-OF-TOKEN  user:alice        default=reviewer,research=viewer
/// SHA256-OF-TOKEN  service:eval      *=submitter
/// dns:eval.ml.svc  service:eval      *=submitter
/// ```
///
/// The file has digests and no tokens. A caller may stand there by a name of its client certificate instead:
/// `dns:NAME`,
/// `uri:URI` or `email:ADDRESS`, as its subject alternative name says. The file is read again when it has changed; a
/// changed file with a fault is refused
/// whole, and the callers of before stay. Empty lines and lines that begin with `#` do not count. Thread-safe.
final class StaticTokens implements Authenticator {
    static final String ISSUER = "tokens-file";

    private static final Logger LOG = Logger.getLogger(StaticTokens.class);
    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern CERTIFICATE = Pattern.compile(
            "dns:[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9])?|uri:[a-z][a-z0-9+.-]*:\\S+|email:[^@\\s]+@[^@\\s]+");
    private static final Pattern SUBJECT = Pattern.compile("(user|service):([A-Za-z0-9][A-Za-z0-9._@-]{0,99})");

    private final Path file;
    private final InstantSource clock;
    private final WatchedFiles<Map<String, Identity>> callers;

    /// Reads the file.
    ///
    /// @throws IllegalArgumentException naming the line with a fault, or a mode that lets everybody write
    /// @throws UncheckedIOException if the file cannot be read
    StaticTokens(Path file) {
        this(file, InstantSource.system());
    }

    /// @param clock tells whether a certificate has expired since its connection began
    StaticTokens(Path file, InstantSource clock) {
        this.file = file;
        this.clock = clock;
        try {
            this.callers = new WatchedFiles<>(
                    List.of(file),
                    this::read,
                    fault -> LOG.errorf("tokens file not read, the callers of before stay: %s", fault));
        } catch (IOException e) {
            throw e.getCause() instanceof IllegalArgumentException fault
                    ? fault
                    : new UncheckedIOException(file + " cannot be read", e);
        }
    }

    @Override
    public Optional<Identity> identify(SentToken token) {
        return Optional.ofNullable(callers.get().get(token.digest()));
    }

    @Override
    public Optional<Identity> identify(ClientCertificate certificate) {
        return certificate.caller(callers.get(), clock.instant());
    }

    private Map<String, Identity> read() throws IOException {
        try {
            if (Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IllegalArgumentException(file + " may be changed by every user of this machine (chmod 600)");
            }
            return parse(Files.readAllLines(file));
        } catch (IllegalArgumentException fault) {
            throw new IOException(fault.getMessage(), fault);
        }
    }

    private Map<String, Identity> parse(List<String> lines) {
        Map<String, Identity> parsed = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                String[] parts = line.split("\\s+");
                String proof = ClientCertificate.key(parts[0]);
                boolean isDigest = DIGEST.matcher(proof).matches();
                if (parts.length != 3
                        || !isDigest && !CERTIFICATE.matcher(proof).matches()) {
                    throw fault(
                            i,
                            "expected SHA-256 or a certificate's dns:NAME, uri:URI or email:ADDRESS,"
                                    + " then user:NAME or service:NAME, and PROJECT=ROLE,…");
                }
                if (parsed.put(proof, caller(i, parts[1], parts[2])) != null) {
                    throw fault(i, isDigest ? "the token stands there twice" : proof + " stands there twice");
                }
            }
        }
        return Map.copyOf(parsed);
    }

    private Identity caller(int index, String subject, String grants) {
        var name = SUBJECT.matcher(subject);
        if (!name.matches()) {
            throw fault(index, "expected user:NAME or service:NAME, got " + subject);
        }
        Map<String, Role> roles = new HashMap<>();
        for (String grant : grants.split(",")) {
            String[] sides = grant.split("=", 2);
            if (sides.length != 2 || !Identity.isProjects(sides[0])) {
                throw fault(index, "expected PROJECT=ROLE, got " + grant);
            }
            roles.put(sides[0], role(index, sides[1]));
        }
        Identity.Kind kind = name.group(1).equals("user") ? Identity.Kind.USER : Identity.Kind.SERVICE;
        return new Identity(name.group(2), ISSUER, kind, roles);
    }

    private Role role(int index, String name) {
        return Roles.find(name)
                .orElseThrow(() -> fault(index, "expected the role viewer, submitter, reviewer or admin, got " + name));
    }

    private IllegalArgumentException fault(int index, String problem) {
        return new IllegalArgumentException(file + " line " + (index + 1) + ": " + problem);
    }
}

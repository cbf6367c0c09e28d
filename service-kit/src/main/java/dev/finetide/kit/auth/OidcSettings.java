package dev.finetide.kit.auth;

import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Settings by which a service knows callers whom an OIDC server knows.
public interface OidcSettings {
    /// The server's name, an URL, as its tokens have it. No caller comes by OIDC without it.
    Optional<String> issuer();

    /// Names of this installation. A token must be for one of them.
    Optional<List<String>> audience();

    /// The claim that names the caller.
    @WithDefault("sub")
    String subjectClaim();

    /// The claim with the caller's roles: the name of a claim, or a path such as `realm_access.roles`.
    @WithDefault("finetide_roles")
    String rolesClaim();

    /// Roles that values of the claim give, `VALUE:PROJECT=ROLE` each.
    Optional<List<String>> grants();

    /// Difference between the clocks of issuer and service that does no harm.
    @WithDefault("30s")
    Duration clockLeeway();

    /// The authorities of the server's certificate (PEM); the system's where it is absent.
    Optional<Path> caFile();

    /// The address of the server's keys, where its discovery document does not say it.
    Optional<String> jwksUri();
}

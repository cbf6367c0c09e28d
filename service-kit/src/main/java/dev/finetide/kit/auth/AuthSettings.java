package dev.finetide.kit.auth;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.Optional;

/// Settings by which a service knows its callers and proves itself to others.
@ConfigMapping(prefix = "finetide.auth")
public interface AuthSettings {
    /// The file of [StaticTokens].
    Optional<Path> tokensFile();

    /// The file with this service's own token, for calls to other services. A service with a client certificate needs
    /// none.
    Optional<Path> tokenFile();

    /// Settings of [OidcTokens].
    OidcSettings oidc();
}

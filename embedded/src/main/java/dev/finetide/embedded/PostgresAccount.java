package dev.finetide.embedded;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.stream.Stream;

/// The account under which PostgreSQL's programs run. PostgreSQL refuses to run as root, which is the usual account
/// in containers.
///
/// @param prefix command to put before a command line; empty for an ordinary user
record PostgresAccount(List<String> prefix) {

    static final PostgresAccount OURSELVES = new PostgresAccount(List.of());

    /// Account of root in a new user namespace, where it is nobody. Root keeps owning the files.
    static final PostgresAccount NAMESPACE = new PostgresAccount(List.of("unshare", "-U"));

    /// The user nobody with root's right to pass through closed directories to the data. This is for containers,
    /// which mostly forbid namespaces.
    static final PostgresAccount NOBODY = new PostgresAccount(List.of(
            "setpriv",
            "--securebits=+no_setuid_fixup",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups"));

    /// Returns the first account that works on this machine.
    ///
    /// @throws StartFailedException if this process is root's and no account works
    static PostgresAccount find() throws IOException, InterruptedException {
        if (new UnixSystem().getUid() != 0) {
            return OURSELVES;
        }
        for (PostgresAccount account : List.of(NAMESPACE, NOBODY)) {
            if (account.works()) {
                return account;
            }
        }
        throw new StartFailedException("postgres does not run as root, and on this machine neither unshare -U nor"
                + " setpriv can change the account: run finetide as an ordinary user");
    }

    List<String> command(String program, List<String> arguments) {
        return Stream.of(prefix, List.of(program), arguments)
                .flatMap(List::stream)
                .toList();
    }

    private boolean works() throws InterruptedException {
        try {
            return new ProcessBuilder(command("true", List.of()))
                            .redirectOutput(Redirect.DISCARD)
                            .redirectError(Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException notInstalled) {
            return false;
        }
    }
}

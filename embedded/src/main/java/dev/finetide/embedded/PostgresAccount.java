package dev.finetide.embedded;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.stream.Stream;

/// As whom PostgreSQL's programs run: PostgreSQL refuses to be root, and in containers everybody is.
///
/// @param prefix what comes before a command line; nothing for an ordinary user
record PostgresAccount(List<String> prefix) {

    static final PostgresAccount OURSELVES = new PostgresAccount(List.of());

    /// Root in a user namespace of its own, where it is nobody. Files stay root's.
    static final PostgresAccount NAMESPACE = new PostgresAccount(List.of("unshare", "-U"));

    /// The user nobody, who keeps root's right to pass closed directories on the way to the data. For containers, which
    /// mostly forbid namespaces.
    static final PostgresAccount NOBODY = new PostgresAccount(List.of(
            "setpriv",
            "--securebits=+no_setuid_fixup",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups"));

    /// The first that works here.
    ///
    /// @throws StartFailedException if we are root and none does
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
                + " setpriv makes root somebody else: run finetide as an ordinary user");
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

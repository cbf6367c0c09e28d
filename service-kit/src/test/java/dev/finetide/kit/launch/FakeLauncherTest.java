package dev.finetide.kit.launch;

class FakeLauncherTest extends WorkerLauncherContract {
    private final FakeLauncher fake = new FakeLauncher();

    @Override
    WorkerLauncher launcher() {
        fake.onExit(exits::add);
        return fake;
    }

    @Override
    int starts(int attempt) {
        return (int) fake.started().stream()
                .filter(spec -> spec.getAttempt() == attempt)
                .count();
    }

    @Override
    void end(int attempt, int exitCode) {
        fake.exit(RUN, attempt, exitCode);
    }

    @Override
    WorkerLauncher restarted() {
        return fake;
    }
}

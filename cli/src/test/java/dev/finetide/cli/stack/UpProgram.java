package dev.finetide.cli.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/// Runs `finetide up` on stand-in services, as a process that a test can kill.
final class UpProgram {

    private UpProgram() {}

    public static void main(String[] arguments) throws Exception {
        LocalStack stack = new LocalStack(LocalStackIT.options(Path.of(arguments[0])), System.out::println);
        Runtime.getRuntime().addShutdownHook(new Thread(stack::close));
        System.out.println("starting");
        stack.start();
        System.out.println("ready");
        new CountDownLatch(1).await();
    }

    /// Stand-in for a worker. Only the stack ends it.
    static final class Worker {

        public static void main(String[] arguments) throws Exception {
            Files.writeString(Path.of(arguments[0], ProcessHandle.current().pid() + ".worker"), "");
            new CountDownLatch(1).await();
        }
    }
}

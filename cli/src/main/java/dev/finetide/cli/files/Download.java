package dev.finetide.cli.files;

import dev.finetide.cli.CommandFailedException;
import dev.finetide.cli.client.ServiceClient;
import dev.finetide.cli.output.ProgressLine;
import dev.finetide.proto.blob.FileSet;
import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.model.v1.FileChunk;
import io.grpc.stub.AbstractBlockingStub;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;

/// Downloads the files of a model version or a base into a directory. Sizes and SHA-256 digests are checked, and the
/// directory appears only when it is complete. A stream that was cut continues at the next byte.
public final class Download<S extends AbstractBlockingStub<S>> {
    /// The rpc that sends a file from an offset to its end.
    public interface Source<S> {
        Iterator<FileChunk> read(S stub, String path, long offset);
    }

    private final ServiceClient<S> remote;
    private final Source<S> source;
    private final PrintWriter notes;

    public Download(ServiceClient<S> remote, Source<S> source, PrintWriter notes) {
        this.remote = remote;
        this.source = source;
        this.notes = notes;
    }

    /// @param digest digest of the set of files
    /// @throws CommandFailedException REFUSED if the target is in use, FAILED if the bytes are not those announced
    public void into(Path target, List<BlobFile> files, String digest) throws IOException {
        if (!FileSet.digest(files).equals(digest)) {
            throw CommandFailedException.failed("the list of files does not match its digest " + digest);
        }
        long total = files.stream().mapToLong(BlobFile::getSizeBytes).sum();
        try (UnfinishedDirectory directory = UnfinishedDirectory.beside(target);
                ProgressLine progress = ProgressLine.start("downloading", Math.max(1, total), "", notes)) {
            long before = 0;
            for (BlobFile file : files) {
                download(file, resolve(directory.path(), file.getPath()), before, progress);
                before += file.getSizeBytes();
            }
            directory.publish();
        }
    }

    private static Path resolve(Path directory, String path) throws IOException {
        Path file = directory.resolve(path).normalize();
        if (path.isEmpty() || path.contains("\\") || !file.startsWith(directory) || file.equals(directory)) {
            throw CommandFailedException.failed("the service names a file outside the target directory: " + path);
        }
        Files.createDirectories(file.getParent());
        return file;
    }

    private void download(BlobFile file, Path to, long before, ProgressLine progress) throws IOException {
        MessageDigest digest = FileDigest.sha256();
        try (FileChannel channel = FileChannel.open(to, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                OutputStream out = Channels.newOutputStream(channel)) {
            if (file.getSizeBytes() > 0) {
                remote.follow(new Transfer(file, digest, out, before, progress));
            }
            channel.force(true);
        } catch (UncheckedIOException unwritable) {
            throw unwritable.getCause();
        }
        String actual = FileDigest.hex(digest);
        if (!actual.equals(file.getSha256())) {
            throw CommandFailedException.failed(file.getPath() + ": SHA-256 is " + actual + ", expected "
                    + file.getSha256() + "; nothing was kept");
        }
    }

    /// Transfer of one file, in order, over as many streams as necessary.
    private final class Transfer implements ServiceClient.Resumable<S, FileChunk> {
        private final BlobFile file;
        private final MessageDigest digest;
        private final OutputStream out;
        private final long before;
        private final ProgressLine progress;
        private long received;

        Transfer(BlobFile file, MessageDigest digest, OutputStream out, long before, ProgressLine progress) {
            this.file = file;
            this.digest = digest;
            this.out = out;
            this.before = before;
            this.progress = progress;
        }

        @Override
        public Iterator<FileChunk> open(S stub) {
            return source.read(stub, file.getPath(), received);
        }

        @Override
        public boolean on(FileChunk chunk) {
            received += chunk.getData().size();
            if (received > file.getSizeBytes()) {
                throw CommandFailedException.failed(file.getPath() + ": more than the announced " + file.getSizeBytes()
                        + " bytes; nothing was kept");
            }
            digest.update(chunk.getData().asReadOnlyByteBuffer());
            try {
                chunk.getData().writeTo(out);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            progress.at(before + received, "");
            return received == file.getSizeBytes();
        }
    }
}

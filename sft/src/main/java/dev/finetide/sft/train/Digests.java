package dev.finetide.sft.train;

import ai.djl.ndarray.NDArray;
import dev.finetide.sft.model.Parameters;
import dev.finetide.sft.text.TokenizedRow;
import dev.finetide.sft.torch.TensorPieces;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// SHA-256 digests of the things that a run depends on, as hexadecimal.
public final class Digests {
    private Digests() {}

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    public static String ofText(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    public static String ofFile(Path file) throws IOException {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Returns the digest of rows, in their order: token ids, and which of them are supervised.
    public static String ofRows(List<TokenizedRow> rows) {
        MessageDigest digest = sha256();
        for (TokenizedRow row : rows) {
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + row.length() * (Integer.BYTES + 1));
            bytes.putInt(row.length());
            for (int t = 0; t < row.length(); t++) {
                bytes.putInt(row.ids()[t]).put((byte) (row.supervised()[t] ? 1 : 0));
            }
            digest.update(bytes.flip());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// Returns the digest of tensors: names and elements.
    public static String ofParameters(Parameters parameters) {
        MessageDigest digest = sha256();
        for (String name : parameters.names()) {
            NDArray array = parameters.array(name);
            digest.update(name.getBytes(StandardCharsets.UTF_8));
            try {
                TensorPieces.DEFAULT.takeBytes(array, piece -> digest.update(piece.asByteBuffer()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}

package dev.finetide.sft.torch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Packs TorchScript source text into the archive that libtorch loads, so that any operator of
/// libtorch can be called from Java without a Python anywhere.
///
/// The archive is a zip of stored entries: `data.pkl`, a pickled object of class `__torch__.Ops`
/// with one attribute, `training`; `constants.pkl`, an empty tuple; the format's version; the byte
/// order; and the source: the bundles, then the class with all methods.
final class TorchArchive {
    /// Pickle protocol 2: GLOBAL `__torch__.Ops`, `()`, NEWOBJ, `{"training": True}`, BUILD, STOP.
    private static final String DATA = "\u0080\u0002c__torch__\nOps\n)\u0081}(X\b\0\0\0training\u0088ub.";

    /// Pickle protocol 2: `()`, STOP.
    private static final String CONSTANTS = "\u0080\u0002).";

    private TorchArchive() {}

    /// Packs a program's source.
    static byte[] of(TorchSource program) {
        StringBuilder source = new StringBuilder();
        program.bundles()
                .forEach((name, fields) ->
                        source.append("class " + name + "(NamedTuple):\n").append(qualified(fields, program)));
        source.append("""
                class Ops(Module):
                    __parameters__ = []
                    __buffers__ = []
                    training : bool
                """).append(qualified(program.methods(), program));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "data.pkl", DATA.getBytes(StandardCharsets.ISO_8859_1));
            store(zip, "code/__torch__.py", source.toString().getBytes(StandardCharsets.UTF_8));
            store(zip, "constants.pkl", CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
            // Decides which generation of operators names mean: since 10 gelu takes its approximation.
            store(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
            store(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// Code with the names of bundles as libtorch looks them up.
    private static String qualified(String code, TorchSource program) {
        return program.bundles().isEmpty()
                ? code
                : code.replaceAll("\\b(" + String.join("|", program.bundles().keySet()) + ")\\b", "__torch__.$1");
    }

    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content);
        ZipEntry entry = new ZipEntry("ops/" + name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }
}

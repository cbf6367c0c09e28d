package dev.finetide.embedded;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/// Writes values in DER (X.690), as certificates have them.
final class Der {
    static final int OCTET_STRING = 0x04;
    static final int UTF8_STRING = 0x0c;
    static final int SEQUENCE = 0x30;
    static final int SET = 0x31;

    private static final int BOOLEAN = 0x01;
    private static final int INTEGER = 0x02;
    private static final int BIT_STRING = 0x03;
    private static final int OBJECT_IDENTIFIER = 0x06;
    private static final int GENERALIZED_TIME = 0x18;
    private static final int CONTEXT = 0x80;
    private static final int CONSTRUCTED = 0x20;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private Der() {}

    /// Returns a value with its tag and its length.
    ///
    /// @param parts bytes of the value, one after the other
    static byte[] value(int tag, byte[]... parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (length >= 0x80) {
            byte[] size = BigInteger.valueOf(length).toByteArray();
            int first = size[0] == 0 ? 1 : 0;
            out.write(0x80 | size.length - first);
            out.write(size, first, size.length - first);
        } else {
            out.write(length);
        }
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    static byte[] sequence(byte[]... parts) {
        return value(SEQUENCE, parts);
    }

    static byte[] integer(BigInteger number) {
        return value(INTEGER, number.toByteArray());
    }

    static byte[] yes() {
        return value(BOOLEAN, new byte[] {(byte) 0xff});
    }

    static byte[] bits(byte[] bytes) {
        return value(BIT_STRING, new byte[] {0}, bytes);
    }

    static byte[] octets(byte[] bytes) {
        return value(OCTET_STRING, bytes);
    }

    static byte[] utf8(String text) {
        return value(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] time(Instant moment) {
        return value(GENERALIZED_TIME, TIME.format(moment).getBytes(StandardCharsets.US_ASCII));
    }

    /// Returns a value that its place in the structure names, such as `[0]`.
    static byte[] tagged(int number, byte[]... parts) {
        return value(CONTEXT | CONSTRUCTED | number, parts);
    }

    /// Returns a value like that of [#tagged], of plain bytes.
    static byte[] taggedBytes(int number, byte[] bytes) {
        return value(CONTEXT | number, bytes);
    }

    /// Returns an object identifier.
    ///
    /// @param dotted its numbers: `2.5.4.3`
    static byte[] identifier(String dotted) {
        int[] numbers =
                Arrays.stream(dotted.split("\\.")).mapToInt(Integer::parseInt).toArray();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(numbers[0] * 40 + numbers[1]);
        for (int i = 2; i < numbers.length; i++) {
            for (int shift = 28; shift >= 0; shift -= 7) {
                if (shift == 0 || numbers[i] >> shift != 0) {
                    out.write(numbers[i] >> shift & 0x7f | (shift == 0 ? 0 : 0x80));
                }
            }
        }
        return value(OBJECT_IDENTIFIER, out.toByteArray());
    }
}

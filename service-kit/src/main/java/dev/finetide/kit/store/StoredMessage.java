package dev.finetide.kit.store;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/// Reads a message from a column of bytes.
public final class StoredMessage {
    private StoredMessage() {}

    /// Reads a column that is never null.
    public static <M extends Message> M read(ResultSet row, String column, Parser<M> parser) throws SQLException {
        return find(row, column, parser).orElseThrow(() -> new IllegalStateException("column " + column + " is null"));
    }

    /// Reads a column that may be null; empty if it is.
    public static <M extends Message> Optional<M> find(ResultSet row, String column, Parser<M> parser)
            throws SQLException {
        byte[] bytes = row.getBytes(column);
        try {
            return bytes == null ? Optional.empty() : Optional.of(parser.parseFrom(bytes));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("column " + column + " holds no message of its kind", e);
        }
    }
}

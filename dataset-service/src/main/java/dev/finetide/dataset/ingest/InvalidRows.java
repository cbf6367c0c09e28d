package dev.finetide.dataset.ingest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.finetide.blobs.BlobStore;
import dev.finetide.dataset.row.RowFault;
import dev.finetide.dataset.shard.Shards;
import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.modelfiles.row.RowFormFault;
import dev.finetide.proto.dataset.Places;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.InvalidRow;
import dev.finetide.proto.dataset.v1.InvalidRowGroup;
import dev.finetide.proto.dataset.v1.RowPlace;
import dev.finetide.proto.dataset.v1.UploadReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The invalid rows of an import: their number, their reasons in groups, and, where some are allowed, the records
/// themselves in shards. Memory is bounded for any number of rows. Not thread-safe.
final class InvalidRows {
    private static final int NAMED_ROWS = 100;
    private static final int MOST_GROUPS = 100;
    private static final int NAMED_PLACES = 5;
    private static final String OTHER_REASONS = "other reasons";
    /// Limit of the named rows, in bytes. Error details are sent as base64 in HTTP/2 trailers, and gRPC clients
    /// accept 8 KiB of trailers by default.
    private static final int NAMED_BYTES = 5_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final long allowed;
    private final Shards shards;
    private final Map<String, Group> groups = new LinkedHashMap<>();
    private final List<InvalidRow> first = new ArrayList<>();
    private long count;

    /// @param prefix prefix of the shards' keys, ending with `/`
    InvalidRows(long allowed, BlobStore blobs, String prefix) {
        this.allowed = allowed;
        this.shards = new Shards(blobs, prefix + "refused/");
    }

    /// Rows with one reason.
    ///
    /// @param example reason of the first row, with its places
    private record Group(String example, InvalidRowGroup.Builder rows) {}

    /// Adds a row.
    ///
    /// @param raw record as it was read, if it can be kept
    void add(RowPlace place, RowFault fault, Optional<String> raw) throws IOException {
        count++;
        String reason =
                groups.size() < MOST_GROUPS || groups.containsKey(fault.group()) ? fault.group() : OTHER_REASONS;
        InvalidRowGroup.Builder group = groups.computeIfAbsent(
                        reason,
                        name -> new Group(
                                name.equals(OTHER_REASONS) ? name : fault.getMessage(),
                                InvalidRowGroup.newBuilder().setReason(name)))
                .rows();
        group.setRows(group.getRows() + 1);
        if (group.getFirstCount() < NAMED_PLACES) {
            group.addFirst(place);
        }
        if (first.size() < NAMED_ROWS) {
            first.add(InvalidRow.newBuilder()
                    .setFile(place.getFile())
                    .setLine(place.getLine())
                    .setRecord(place.getRecord())
                    .setField(fault.field())
                    .setReason(fault.getMessage())
                    .build());
        }
        if (!isRefused()) {
            shards.add(line(place, fault, raw));
        }
    }

    long count() {
        return count;
    }

    /// Tells whether more rows are invalid than allowed.
    boolean isRefused() {
        return count > allowed;
    }

    /// Adds what was found to a version.
    void describe(DatasetVersion.Builder version) throws IOException {
        UploadReport.Builder report =
                version.getReportBuilder().setRowsInvalid(count).addAllInvalidRows(first);
        sorted().forEach(group -> report.addInvalidGroups(group.rows()));
        version.addAllRefused(shards.finish("refused"));
    }

    /// Returns the refusal of the upload: one violation for each reason, with its first place.
    ApiException refusal(long rowsRead) {
        List<FieldViolation> named = new ArrayList<>();
        int bytes = 0;
        for (Group group : sorted()) {
            FieldViolation violation =
                    new FieldViolation(Places.field(group.rows().getFirst(0)), description(group));
            bytes += violation.field().length() + violation.description().length() + 6;
            if (bytes > NAMED_BYTES) {
                break;
            }
            named.add(violation);
        }
        InvalidRow row = first.getFirst();
        return ApiException.invalidRows(
                "%d of %d rows are invalid, %d are allowed; the first is %s: %s"
                        .formatted(count, rowsRead, allowed, Places.words(place(row)), row.getReason()),
                named,
                count,
                allowed);
    }

    /// Returns the groups, the largest first.
    private List<Group> sorted() {
        return groups.values().stream()
                .sorted(Comparator.comparing((Group group) -> -group.rows().getRows()))
                .toList();
    }

    /// Returns `messages[1] has no role (75 rows, also line 3, 9)`.
    private static String description(Group group) {
        String reason = withoutAdvice(group.example());
        if (group.rows().getRows() == 1) {
            return reason;
        }
        String others = group.rows().getFirstList().stream()
                .skip(1)
                .map(place -> Long.toString(place.getRecord() > 0 ? place.getRecord() : place.getLine()))
                .collect(Collectors.joining(", "));
        long more = group.rows().getRows() - group.rows().getFirstCount();
        return "%s (%d rows, also %s%s)"
                .formatted(reason, group.rows().getRows(), others, more > 0 ? " and " + more + " more" : "");
    }

    /// Returns a reason without the advice that every unknown key has, which would cost the list of rows a fifth of
    /// its room. The summary gives it once.
    private static String withoutAdvice(String reason) {
        return reason.endsWith(RowFormFault.REMOVE)
                ? reason.substring(0, reason.length() - RowFormFault.REMOVE.length())
                : reason;
    }

    private static RowPlace place(InvalidRow row) {
        return RowPlace.newBuilder()
                .setFile(row.getFile())
                .setLine(row.getLine())
                .setRecord(row.getRecord())
                .build();
    }

    private static byte[] line(RowPlace place, RowFault fault, Optional<String> raw) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("file", place.getFile())
                .put("line", place.getLine())
                .put("record", place.getRecord())
                .put("field", fault.field())
                .put("reason", fault.getMessage());
        raw.ifPresent(text -> line.put("raw", text));
        try {
            return JSON.writeValueAsBytes(line);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can be written", e);
        }
    }
}

package dev.finetide.dataset.lineage;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.event.EventPublisher;
import dev.finetide.kit.event.Topics;
import dev.finetide.kit.name.Page;
import dev.finetide.kit.name.ResourceType;
import dev.finetide.kit.store.Database;
import dev.finetide.kit.store.PageQuery;
import dev.finetide.kit.time.Times;
import dev.finetide.proto.dataset.v1.DatasetEvent;
import dev.finetide.proto.dataset.v1.DatasetTag;
import dev.finetide.proto.dataset.v1.DatasetTagMove;
import dev.finetide.proto.dataset.v1.MoveDatasetTagRequest;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.statement.StatementContext;

/// Keeps movable names of versions and the history of their moves. A move and its event are one
/// transaction. A move locks its dataset, as a deletion does: no tag ever names a deleted version.
/// Thread-safe.
public final class PostgresDatasetTags {
    /// The word for the newest version, which is no tag.
    public static final String LATEST = "latest";

    private static final Logger LOG = Logger.getLogger(PostgresDatasetTags.class);
    private static final Pattern TAG = Pattern.compile("[a-z]([a-z0-9._-]*[a-z0-9])?");
    private static final int LONGEST_TAG = 63;
    private static final int MOST_MOVES = 1_000;

    private final Database database;
    private final EventPublisher publisher;
    private final Clock clock;

    public PostgresDatasetTags(Database database, EventPublisher publisher, Clock clock) {
        this.database = database;
        this.publisher = publisher;
        this.clock = clock;
    }

    /// Tells whether a word has the form of a tag, which no version number has.
    public static boolean isTag(String word) {
        return word.length() <= LONGEST_TAG && TAG.matcher(word).matches();
    }

    /// Makes a tag name a version, or no version. A move to where the tag is already changes nothing.
    ///
    /// @throws ApiException INVALID_FIELD, RESOURCE_NOT_FOUND, ILLEGAL_STATE for a deleted version
    public DatasetTag move(MoveDatasetTagRequest request) {
        String dataset = ResourceType.DATASET.check("dataset", request.getDataset());
        String tag = request.getTag();
        if (!isTag(tag) || tag.equals(LATEST)) {
            throw ApiException.invalidField(
                    "tag", "expected lower-case letters, digits and . _ -, a letter first, and not \"latest\"");
        }
        return database.transact(() -> {
            lock(dataset);
            int to = request.getVersion();
            if (to > 0) {
                requireLive(dataset, to);
            }
            int from = number(dataset, tag);
            Instant now = clock.instant();
            if (from != to) {
                write(dataset, tag, to, now);
                record(dataset, tag, from, request, now);
            }
            return tags(dataset).stream()
                    .filter(known -> known.getTag().equals(tag))
                    .findFirst()
                    .orElseGet(() -> DatasetTag.newBuilder()
                            .setDataset(dataset)
                            .setTag(tag)
                            .setUpdateTime(Times.timestamp(now))
                            .build());
        });
    }

    /// Returns the tags of a dataset by name.
    public List<DatasetTag> list(String dataset) {
        return tags(ResourceType.DATASET.check("parent", dataset));
    }

    /// Returns the newest moves, newest first.
    ///
    /// @param tag empty for all tags
    public List<DatasetTagMove> moves(String dataset, String tag) {
        ResourceType.DATASET.check("parent", dataset);
        Page newest = Page.of(MOST_MOVES, "");
        List<DatasetTagMove> moves = PageQuery.read(
                database,
                newest,
                handle -> handle.createQuery("""
                                select dataset, tag, from_number, to_number, time, comment from dataset_tag_moves
                                where dataset = :dataset and (:tag = '' or tag = :tag) order by seq desc""").bind("dataset", dataset).bind("tag", tag),
                PostgresDatasetTags::moved,
                DatasetTagMove::getSerializedSize);
        return newest.fit(moves, DatasetTagMove::getSerializedSize).shown();
    }

    private void lock(String dataset) {
        if (database.with(handle -> handle.createQuery("select name from datasets where name = :dataset for update")
                        .bind("dataset", dataset)
                        .mapTo(String.class)
                        .findOne())
                .isEmpty()) {
            throw ApiException.notFound(dataset);
        }
    }

    private void requireLive(String dataset, int number) {
        String name = version(dataset, number);
        boolean deleted = database.with(handle -> handle.createQuery("""
                        select deleted_at is not null from dataset_versions
                        where dataset = :dataset and number = :number""")
                        .bind("dataset", dataset)
                        .bind("number", number)
                        .mapTo(Boolean.class)
                        .findOne())
                .orElseThrow(() -> ApiException.notFound(name));
        if (deleted) {
            throw ApiException.illegalState(name, "deleted", "tag");
        }
    }

    private int number(String dataset, String tag) {
        return database.with(handle -> handle.createQuery(
                                "select number from dataset_tags where dataset = :dataset and tag = :tag")
                        .bind("dataset", dataset)
                        .bind("tag", tag)
                        .mapTo(Integer.class)
                        .findOne())
                .orElse(0);
    }

    private void write(String dataset, String tag, int to, Instant now) {
        String statement = to == 0 ? "delete from dataset_tags where dataset = :dataset and tag = :tag" : """
                insert into dataset_tags (dataset, tag, number, update_time) values (:dataset, :tag, :number, :now)
                on conflict (dataset, tag) do update set number = excluded.number, update_time = excluded.update_time""";
        database.with(handle -> handle.createUpdate(statement)
                .bind("dataset", dataset)
                .bind("tag", tag)
                .bind("number", to)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .execute());
    }

    private void record(String dataset, String tag, int from, MoveDatasetTagRequest request, Instant now) {
        database.with(handle -> handle.createUpdate("""
                        insert into dataset_tag_moves (dataset, tag, from_number, to_number, time, comment)
                        values (:dataset, :tag, :from, :to, :now, :comment)""")
                .bind("dataset", dataset)
                .bind("tag", tag)
                .bind("from", from)
                .bind("to", request.getVersion())
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .bind("comment", request.getComment())
                .execute());
        DatasetTagMove move = move(dataset, tag, from, request.getVersion(), now, request.getComment());
        DatasetEvent.Builder event = DatasetEvent.newBuilder();
        event.getDatasetTagMovedBuilder().setDataset(dataset).setMove(move);
        publisher.publish(Topics.DATASET, dataset, event.build());
        LOG.infof("dataset tag moved dataset=%s tag=%s from=%d to=%d", dataset, tag, from, request.getVersion());
    }

    private List<DatasetTag> tags(String dataset) {
        return database.with(handle -> handle.createQuery(
                        "select tag, number, update_time from dataset_tags where dataset = :dataset order by tag")
                .bind("dataset", dataset)
                .map((row, context) -> DatasetTag.newBuilder()
                        .setDataset(dataset)
                        .setTag(row.getString("tag"))
                        .setDatasetVersion(version(dataset, row.getInt("number")))
                        .setUpdateTime(
                                Times.timestamp(row.getTimestamp("update_time").toInstant()))
                        .build())
                .list());
    }

    private static DatasetTagMove moved(ResultSet row, StatementContext context) throws SQLException {
        return move(
                row.getString("dataset"),
                row.getString("tag"),
                row.getInt("from_number"),
                row.getInt("to_number"),
                row.getTimestamp("time").toInstant(),
                row.getString("comment"));
    }

    private static DatasetTagMove move(String dataset, String tag, int from, int to, Instant time, String comment) {
        return DatasetTagMove.newBuilder()
                .setTag(tag)
                .setFromVersion(version(dataset, from))
                .setToVersion(version(dataset, to))
                .setTime(Times.timestamp(time))
                .setComment(comment)
                .build();
    }

    /// Returns the name of a version; empty for none.
    private static String version(String dataset, int number) {
        return number == 0 ? "" : dataset + "/versions/" + number;
    }
}

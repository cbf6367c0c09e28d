package dev.finetide.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.finetide.dataset.ingest.ImportCounter;
import dev.finetide.dataset.read.RowSource;
import dev.finetide.proto.dataset.v1.Chunking;
import dev.finetide.proto.dataset.v1.DataFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.dataset.v1.ImportDatasetVersionRequest;
import dev.finetide.proto.dataset.v1.ReadOptions;
import dev.finetide.proto.dataset.v1.ReadRowsRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfEnvironmentVariable;

/// Documents of a bucket become a document set, as those of a directory do.
class DocumentsOfBucketTest {
    private static final List<String> SETTINGS =
            List.of("aws.accessKeyId", "aws.secretAccessKey", "aws.disableEc2Metadata");

    private final Map<String, String> objects = new TreeMap<>();
    private HttpServer server;
    private IngestStage stage;

    @BeforeEach
    void start() throws IOException {
        SETTINGS.forEach(name -> System.setProperty(name, "true"));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        stage = new IngestStage(Map.of(
                "docs",
                URI.create("s3://docs?endpoint=http://127.0.0.1:%d&path-style=true&region=us-east-1"
                        .formatted(server.getAddress().getPort())),
                "far",
                URI.create("s3://far")));
    }

    @AfterEach
    void stop() {
        server.stop(0);
        SETTINGS.forEach(System::clearProperty);
    }

    /// Answers S3's ListObjectsV2, HeadObject and GetObject.
    private void answer(HttpExchange exchange) throws IOException {
        String key = exchange.getRequestURI().getPath().replaceFirst("^/docs/?", "");
        byte[] body;
        if (key.isEmpty()) {
            String query = String.valueOf(exchange.getRequestURI().getQuery());
            String prefix = query.replaceFirst(".*prefix=([^&]*).*", "$1");
            StringBuilder listed = new StringBuilder("<ListBucketResult><IsTruncated>false</IsTruncated>");
            objects.forEach((name, text) -> listed.append(
                    name.startsWith(prefix)
                            ? "<Contents><Key>%s</Key><Size>%d</Size><ETag>&quot;1&quot;</ETag></Contents>"
                                    .formatted(name, text.getBytes(StandardCharsets.UTF_8).length)
                            : ""));
            body = listed.append("</ListBucketResult>").toString().getBytes(StandardCharsets.UTF_8);
        } else if (objects.containsKey(key)) {
            body = objects.get(key).getBytes(StandardCharsets.UTF_8);
        } else {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
            return;
        }
        exchange.getResponseHeaders().add("ETag", "\"1\"");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().add("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private DatasetVersion push(String uri, String path) throws IOException {
        return stage.ingest.importFiles(
                ImportDatasetVersionRequest.newBuilder()
                        .setDataset("projects/default/datasets/manual")
                        .setRead(ReadOptions.newBuilder().setChunking(Chunking.getDefaultInstance()))
                        .addFiles(DataFile.newBuilder().setUri(uri).setPath(path))
                        .build(),
                new ImportCounter());
    }

    private List<String> files(DatasetVersion version) throws IOException {
        List<String> files = new ArrayList<>();
        try (RowSource source = RowSource.open(stage.blobs, version, ReadRowsRequest.getDefaultInstance())) {
            source.forEachRemaining(row -> files.add(row.getPlace().getFile()));
        }
        return files;
    }

    @Test
    void aPrefixStandsForAllDocumentsBelowIt() throws IOException {
        objects.put("manual/a/guide.md", "Fill the pump.");
        objects.put("manual/notes.txt", "Oil the hinges.");
        objects.put("manual/table.csv", "no,document");
        objects.put("other/far.md", "Not below the prefix.");

        assertThat(files(push("s3://docs/manual/", "manual/"))).containsExactly("a/guide.md", "notes.txt");

        objects.remove("manual/a/guide.md");
        assertThat(files(push("s3://docs/manual/", "manual/")))
                .as("a prefix with one document")
                .containsExactly("notes.txt");
    }

    @Test
    void oneDocumentIsNamedByItsKey() throws IOException {
        objects.put("manual/notes.txt", "Oil the hinges.");
        assertThat(files(push("s3://docs/manual/notes.txt", "manual/notes.txt")))
                .containsExactly("manual/notes.txt");
    }

    /// The service may read the blob store, and whoever may import must not: it has the files of all projects.
    @Test
    void theServicesOwnStoreIsNoSource() throws IOException {
        objects.put("finetide/datasets/other/secret.md", "The password is swordfish.");
        objects.put("finetide-manual/notes.txt", "Oil the hinges.");

        for (String uri : List.of(
                "s3://docs/finetide/datasets/other/secret.md",
                "s3://docs/finetide/",
                "s3://docs/",
                "s3://docs",
                "s3://docs/finetide",
                "s3://docs/manual/../finetide/datasets/other/secret.md",
                "s3://docs/./finetide/datasets/other/secret.md",
                "s3://docs//finetide/datasets/other/secret.md",
                "s3://docs/%66inetide/datasets/other/secret.md")) {
            assertThatThrownBy(() -> push(uri, "x.md"))
                    .as(uri)
                    .hasMessageStartingWith("files.uri: ")
                    .hasMessageContaining("the services' own blob store");
        }
        assertThat(files(push("s3://docs/finetide-manual/", "finetide-manual/")))
                .containsExactly("notes.txt");
    }

    @Test
    @DisabledIfEnvironmentVariable(named = "AWS_REGION", matches = ".+")
    void aBucketWithoutARegionIsNamed() {
        assertThatThrownBy(() -> push("s3://far/manual/", "manual/"))
                .hasMessageContaining("the bucket far cannot be opened: dataset-service knows no region for it");
    }

    @Test
    void aPrefixWithoutDocumentsIsNamed() {
        objects.put("manual/table.csv", "no,document");
        assertThatThrownBy(() -> push("s3://docs/manual/", "manual/"))
                .hasMessageContaining("s3://docs/manual/ names no document (.txt, .md, .html, .jsonl)");
        assertThatThrownBy(() -> push("s3://private/manual/", ""))
                .hasMessageContaining("the bucket private is not one");
    }
}

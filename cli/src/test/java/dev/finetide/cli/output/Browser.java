package dev.finetide.cli.output;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.finetide.embedded.FreePorts;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Debian's chromium without a window, driven by the W3C WebDriver protocol.
public final class Browser implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final Path DRIVER = Path.of("/usr/bin/chromedriver");
    private static final Duration START = Duration.ofMinutes(3);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process driver;
    private final String root;
    private String session;

    private Browser(Process driver, int port) {
        this.driver = driver;
        this.root = "http://127.0.0.1:" + port;
    }

    public static boolean isInstalled() {
        return Files.isExecutable(PROGRAM) && Files.isExecutable(DRIVER);
    }

    /// @param arguments further arguments of chromium
    public static Browser start(String... arguments) throws IOException, InterruptedException {
        int port = FreePorts.pick(1).getFirst();
        Process driver = new ProcessBuilder(DRIVER.toString(), "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Browser browser = new Browser(driver, port);
        JsonArray all = new JsonArray();
        List.of("--headless", "--no-sandbox", "--hide-scrollbars").forEach(all::add);
        List.of(arguments).forEach(all::add);
        JsonObject options = new JsonObject();
        options.addProperty("binary", PROGRAM.toString());
        options.add("args", all);
        JsonObject wanted = new JsonObject();
        wanted.addProperty("browserName", "chrome");
        wanted.add("goog:chromeOptions", options);
        JsonObject always = new JsonObject();
        always.add("alwaysMatch", wanted);
        JsonObject body = new JsonObject();
        body.add("capabilities", always);
        Instant end = Instant.now().plus(START);
        while (browser.session == null) {
            try {
                browser.session = browser.post("/session", body)
                        .getAsJsonObject()
                        .get("sessionId")
                        .getAsString();
            } catch (IOException notYet) {
                if (!driver.isAlive() || Instant.now().isAfter(end)) {
                    browser.close();
                    throw notYet;
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
        return browser;
    }

    /// Opens a page in a window of this width.
    public void open(Path page, int width) throws IOException, InterruptedException {
        // The window's own size has a lower limit; the page's does not.
        JsonObject size = new JsonObject();
        size.addProperty("width", width);
        size.addProperty("height", 900);
        size.addProperty("deviceScaleFactor", 1);
        size.addProperty("mobile", false);
        command("Emulation.setDeviceMetricsOverride", size);
        JsonObject body = new JsonObject();
        body.addProperty("url", page.toUri().toString());
        post("/session/" + session + "/url", body);
    }

    /// Returns what an expression of JavaScript is on the open page.
    public JsonElement evaluate(String expression) throws IOException, InterruptedException {
        JsonObject body = new JsonObject();
        body.addProperty("script", "return " + expression);
        body.add("args", new JsonArray());
        return post("/session/" + session + "/execute/sync", body);
    }

    /// Shows the page in dark colours, or as on paper.
    public void emulate(String medium, boolean dark) throws IOException, InterruptedException {
        JsonObject scheme = new JsonObject();
        scheme.addProperty("name", "prefers-color-scheme");
        scheme.addProperty("value", dark ? "dark" : "light");
        JsonArray features = new JsonArray();
        features.add(scheme);
        JsonObject media = new JsonObject();
        media.addProperty("media", medium);
        media.add("features", features);
        command("Emulation.setEmulatedMedia", media);
    }

    /// Writes a picture of the whole open page.
    public void picture(Path file) throws IOException, InterruptedException {
        JsonObject options = new JsonObject();
        options.addProperty("captureBeyondViewport", true);
        JsonElement picture = command("Page.captureScreenshot", options);
        Files.write(
                file,
                Base64.getDecoder().decode(picture.getAsJsonObject().get("data").getAsString()));
    }

    private JsonElement command(String name, JsonObject parameters) throws IOException, InterruptedException {
        JsonObject body = new JsonObject();
        body.addProperty("cmd", name);
        body.add("params", parameters);
        return post("/session/" + session + "/goog/cdp/execute", body);
    }

    private JsonElement post(String path, JsonObject body) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create(root + path))
                        .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(path + ": " + answer.body());
        }
        return JsonParser.parseString(answer.body()).getAsJsonObject().get("value");
    }

    @Override
    public void close() {
        if (session != null) {
            try {
                http.send(
                        HttpRequest.newBuilder(URI.create(root + "/session/" + session))
                                .DELETE()
                                .build(),
                        HttpResponse.BodyHandlers.discarding());
            } catch (IOException gone) {
                // The driver is ended below.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        http.close();
        driver.destroy();
    }
}

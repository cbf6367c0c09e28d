package dev.finetide.suitability.calibration;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// Writes the tasks for `benchmarks/calibrate.py`: `CalibrationTasks FOLDER`, started in the folder of this module.
public final class CalibrationTasks {
    private static final ObjectMapper JSON = new ObjectMapper();

    private CalibrationTasks() {}

    /// Returns the tasks that are made from the demo's rows.
    static List<TrialTask> planted() throws IOException {
        DeskMails mails = new DeskMails(Path.of("../demo/support-desk/train.jsonl"));
        List<TrialTask> tasks = new ArrayList<>(new MailTasks(mails).all());
        tasks.addAll(new ShopTasks(mails).all());
        return tasks;
    }

    /// Returns the tasks that were made after the rules.
    static List<TrialTask> unseen() {
        return new UnseenTasks().all();
    }

    /// Returns the tasks that are drawn from public datasets; none where these are not there.
    static List<TrialTask> real() throws IOException {
        Path data = Path.of(System.getProperty("finetide.shared", "../../shared"), "data");
        return Files.isDirectory(data) ? new RealTasks(data).all() : List.of();
    }

    public static void main(String[] args) throws IOException {
        List<TrialTask> tasks = new ArrayList<>(planted());
        tasks.addAll(real());
        tasks.addAll(unseen());
        for (TrialTask task : tasks) {
            Path folder = Files.createDirectories(Path.of(args[0]).resolve(folder(task)));
            Files.write(folder.resolve("train.jsonl"), task.train());
            Files.write(folder.resolve("test.jsonl"), task.test());
            for (Map.Entry<String, String> document : task.documents().entrySet()) {
                Files.writeString(
                        Files.createDirectories(folder.resolve("documents")).resolve(document.getKey()),
                        document.getValue());
            }
            Files.writeString(
                    folder.resolve("task.json"),
                    JSON.createObjectNode()
                            .put("task", task.name())
                            .put("classes", hasClasses(task))
                            .put("prompt", prompt(task))
                            .toString());
        }
        System.out.println(tasks.size() + " tasks are in " + args[0]);
    }

    private static String folder(TrialTask task) {
        return task.name().replaceAll("[^a-z0-9]+", "-");
    }

    private static List<String> answers(TrialTask task) throws IOException {
        List<String> answers = new ArrayList<>();
        for (String row : task.train()) {
            answers.add(JSON.readTree(row).at("/messages/1/content").asText());
        }
        return answers;
    }

    /// Returns the instruction that a person wrote for the task; empty where there is none.
    private static String prompt(TrialTask task) throws IOException {
        String answers = String.join(", ", new TreeSet<>(answers(task)));
        return AskedPrompts.of(task)
                .map(prompt -> prompt.replace("{answers}", answers))
                .orElse("");
    }

    /// Returns whether answers are few short texts, so that a linear model of words can answer, too.
    private static boolean hasClasses(TrialTask task) throws IOException {
        Map<String, Integer> answers = new TreeMap<>();
        for (String answer : answers(task)) {
            answers.merge(answer, 1, Integer::sum);
        }
        return answers.size() > 1
                && answers.size() <= 100
                && 2 * answers.size() <= task.train().size()
                && answers.keySet().stream().allMatch(answer -> answer.length() <= 48 && !answer.startsWith("{"));
    }
}

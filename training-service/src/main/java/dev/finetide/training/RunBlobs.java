package dev.finetide.training;

import dev.finetide.kit.blob.BlobCollection;
import dev.finetide.kit.name.ResourceType;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Knows which folders of runs must stay in the blob store: checkpoints and results that a run names,
/// and everything that the worker of a run's current epoch writes. What lost, failed and cancelled
/// attempts leave is not among them.
final class RunBlobs implements BlobCollection.Owner {
    /// The folder that holds the folders of all runs.
    static final String PREFIX = "trainingRuns/";

    private static final int RUNS_AT_ONCE = 50;
    private static final Pattern FOLDER =
            Pattern.compile("(" + PREFIX + "([^/]+)/([^/]+)/attempts/(\\d{1,18})/(?:checkpoints/[^/]+|[^/]+)/).*");

    private final RunStore store;

    RunBlobs(RunStore store) {
        this.store = store;
    }

    /// Returns the folder of a checkpoint or a result that a key lies in.
    static Optional<String> folder(String key) {
        Matcher folder = FOLDER.matcher(key);
        return folder.matches() ? Optional.of(folder.group(1)) : Optional.empty();
    }

    @Override
    public Set<String> needed(Set<String> old) {
        Map<String, List<String>> byRun =
                old.stream().collect(Collectors.groupingBy(RunBlobs::run, TreeMap::new, Collectors.toList()));
        List<String> names = List.copyOf(byRun.keySet());
        Set<String> needed = new HashSet<>();
        for (int from = 0; from < names.size(); from += RUNS_AT_ONCE) {
            List<String> some = names.subList(from, Math.min(from + RUNS_AT_ONCE, names.size()));
            for (Run run : store.find(some)) {
                byRun.get(run.name()).stream()
                        .filter(folder -> isNeeded(run, folder))
                        .forEach(needed::add);
            }
        }
        return needed;
    }

    private static boolean isNeeded(Run run, String folder) {
        if (run.isDeleted()) {
            return false;
        }
        boolean named = Stream.concat(
                        run.view().getOutput().getFilesList().stream(),
                        run.checkpoints().stream().flatMap(checkpoint -> checkpoint.getFilesList().stream()))
                .anyMatch(file -> file.getBlobKey().startsWith(folder));
        return named || !run.hasEnded() && epoch(folder) >= run.attempt().epoch();
    }

    private static String run(String folder) {
        Matcher ids = matched(folder);
        return ResourceType.TRAINING_RUN.name(ids.group(2), ids.group(3));
    }

    private static long epoch(String folder) {
        return Long.parseLong(matched(folder).group(4));
    }

    private static Matcher matched(String folder) {
        Matcher matcher = FOLDER.matcher(folder);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("no folder of a run: " + folder);
        }
        return matcher;
    }
}

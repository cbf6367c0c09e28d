package dev.finetide.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.finetide.proto.blob.v1.BlobFile;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.BehaviourKind;
import dev.finetide.proto.evaluation.v1.EvaluationArm;
import dev.finetide.proto.worker.v1.EvaluateTask;
import dev.finetide.proto.worker.v1.WorkerSpec;
import dev.finetide.sft.CausalLm;
import dev.finetide.sft.EngineOptions;
import dev.finetide.sft.text.RowEncoder;
import dev.finetide.sft.text.SourcedRow;
import dev.finetide.worker.evaluate.probe.Probe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProbeInputsTest {
    private static final String TICKETS = "projects/default/datasets/tickets/versions/3";
    private static final String CHATS = "projects/default/datasets/chats/versions/1";
    private static final String LONG = "a very long answer that goes on and on about parcels ".repeat(4);

    private static CausalLm base;
    private static RowEncoder encoder;

    private final Map<String, List<SourcedRow>> stored = new HashMap<>();
    private final EvaluateTask.Builder task = EvaluateTask.newBuilder()
            .setSplit("test")
            .addArms(EvaluationArm.newBuilder().setProbed(true));

    @BeforeAll
    static void load() {
        base = CausalLm.load(Path.of("../demo/base"), EngineOptions.defaults().withThreads(1));
        encoder = new RowEncoder(base.tokenizer(), base.chatTemplate(), 256);
    }

    @AfterAll
    static void close() {
        base.close();
    }

    @Test
    void everyKindHasItsRowsAndWhatHasNoneSaysWhy() {
        stored.put(TICKETS + " train", rows(12, "short"));
        task.getBehaviourBuilder()
                .addProbes(BehaviourKind.UNSAFE_ANSWERS)
                .addProbes(BehaviourKind.GENERALISATION)
                .addProbes(BehaviourKind.MEMORISATION)
                .addProbes(BehaviourKind.FORGETTING)
                .addProbes(BehaviourKind.OVER_REFUSAL)
                .addDatasets(CHATS)
                .setRows(5);

        Map<String, Probe> probes = probes();

        assertThat(probes.keySet())
                .containsExactlyInAnyOrder(
                        Probe.TRAIN,
                        Probe.OUT_OF_DOMAIN,
                        Probe.GENERAL_TEXTS,
                        CHATS,
                        Probe.MEMORY,
                        Probe.HARMLESS,
                        Probe.HARMFUL);
        assertThat(probes.get(Probe.TRAIN).rows()).hasSize(5);
        assertThat(probes.get(Probe.GENERAL_TEXTS).rows()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(probes.get(Probe.OUT_OF_DOMAIN).none()).contains("none is named ood or out-of-domain");
        assertThat(probes.get(CHATS).none()).isEqualTo("there is no dataset version " + CHATS);
        assertThat(probes.get(Probe.MEMORY).tooShort()).isTrue();
        assertThat(probes.get(Probe.MEMORY).none())
                .isEqualTo("none to be seen: no train answer has the 16 tokens that are given and the 32 that must"
                        + " follow");
    }

    @Test
    void memoryIsProbedOnTheAnswersThatAreLongEnough() {
        List<SourcedRow> train = new ArrayList<>(rows(6, "short"));
        train.addAll(rows(3, LONG));
        stored.put(TICKETS + " train", train);
        task.getBehaviourBuilder().addProbes(BehaviourKind.MEMORISATION);

        assertThat(probes().get(Probe.MEMORY).rows()).hasSize(3);
    }

    @Test
    void rowsAreDrawnFromTheWholeSplitAndAlwaysTheSame() {
        stored.put(TICKETS + " train", rows(80, "short"));
        task.getBehaviourBuilder().addProbes(BehaviourKind.GENERALISATION).setRows(10);

        List<SourcedRow> drawn = probes().get(Probe.TRAIN).rows();

        assertThat(drawn).hasSize(10).isEqualTo(probes().get(Probe.TRAIN).rows());
        assertThat(drawn.stream().map(row -> rows(80, "short").indexOf(row)).anyMatch(place -> place >= 40))
                .isTrue();
    }

    @Test
    void rowsThatTheBaseCannotBeAskedAreLeftOut() {
        List<SourcedRow> train = new ArrayList<>(rows(2, LONG.repeat(20)));
        train.addAll(rows(2, "short"));
        stored.put(TICKETS + " train", train);
        task.getBehaviourBuilder().addProbes(BehaviourKind.GENERALISATION);

        assertThat(probes().get(Probe.TRAIN).rows()).containsExactlyInAnyOrderElementsOf(rows(2, "short"));
        stored.put(TICKETS + " train", rows(2, LONG.repeat(20)));
        assertThat(probes().get(Probe.TRAIN).none())
                .isEqualTo("the train split of " + TICKETS + " has no rows that this base can be asked");
    }

    @Test
    void anotherDomainIsTheSplitOfThatNameOrTheOneThatIsNamedOrAnotherDataset() {
        stored.put(TICKETS + " train", rows(2, "short"));
        stored.put(TICKETS + " ood", rows(3, "ood"));
        stored.put(TICKETS + " abroad", rows(4, "abroad"));
        stored.put(CHATS + " train", rows(5, "chat"));
        task.getBehaviourBuilder().addProbes(BehaviourKind.GENERALISATION);
        task.addOtherVersions(version(CHATS));
        assertThat(probes().get(Probe.OUT_OF_DOMAIN).rows()).hasSize(3);

        task.getBehaviourBuilder().setOutOfDomain("abroad");
        assertThat(probes().get(Probe.OUT_OF_DOMAIN).rows()).hasSize(4);

        task.getBehaviourBuilder().setOutOfDomain(CHATS);
        assertThat(probes().get(Probe.OUT_OF_DOMAIN).rows()).hasSize(5);
        stored.put(CHATS + " test", rows(1, "test"));
        task.setOtherVersions(0, version(CHATS));
        assertThat(probes().get(Probe.OUT_OF_DOMAIN).rows())
                .as("test rows before train rows")
                .hasSize(6)
                .startsWith(rows(1, "test").getFirst());

        task.setSplit("abroad").getBehaviourBuilder().setOutOfDomain("abroad");
        assertThat(probes().get(Probe.OUT_OF_DOMAIN).none())
                .isEqualTo("the evaluation's own rows are those of the split abroad");
    }

    @Test
    void withoutAProbedArmThereIsNoProbe() {
        task.clearArms().getBehaviourBuilder().addProbes(BehaviourKind.FORGETTING);

        assertThat(probes()).isEmpty();
    }

    private Map<String, Probe> probes() {
        WorkerSpec spec = WorkerSpec.newBuilder()
                .setDatasetVersion(version(TICKETS))
                .setEvaluate(task)
                .build();
        Map<String, Probe> byName = new HashMap<>();
        new ProbeInputs(
                        spec,
                        encoder,
                        (version, split, count) ->
                                stored.getOrDefault(version.getName() + " " + split, List.of()).stream()
                                        .limit(count)
                                        .toList())
                .probes()
                .forEach(probe -> byName.put(probe.name(), probe));
        return byName;
    }

    private DatasetVersion version(String name) {
        DatasetVersion.Builder version = DatasetVersion.newBuilder().setName(name);
        stored.keySet().stream()
                .filter(key -> key.startsWith(name + " "))
                .forEach(key -> version.addShards(
                        BlobFile.newBuilder().setPath(key.substring(name.length() + 1) + "/00000.jsonl.zst")));
        return version.build();
    }

    private static List<SourcedRow> rows(int count, String answer) {
        return IntStream.range(0, count)
                .mapToObj(i -> SourcedRow.parse(
                        "{\"prompt\":\"Question %d?\",\"completion\":\"%s\"}".formatted(i, answer.strip())))
                .toList();
    }
}

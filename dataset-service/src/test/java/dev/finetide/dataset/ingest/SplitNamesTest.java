package dev.finetide.dataset.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.finetide.dataset.row.RowFault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitNamesTest {
    @ParameterizedTest
    @CsvSource({
        "data/train-00000-of-00002.parquet, train",
        "data/validation-00000-of-00001.parquet, validation",
        "data/ood_legal-00000-of-00001.parquet, ood_legal",
        "train/data-00000-of-00001.arrow, train",
        "hard/data-00000-of-00001.arrow, hard",
        "data/data-00000-of-00001.arrow, data",
        "squad_dev.jsonl, validation",
        "en/test.csv.gz, test",
        "eval.jsonl, test",
        "Training/rows.json, train",
        "tickets.jsonl, ''",
        "latest.jsonl, ''",
        "contest.csv, ''"
    })
    void aPathTellsTheSplit(String path, String split) {
        assertThat(SplitNames.ofPath(path).orElse("")).isEqualTo(split);
    }

    @Test
    void aColumnNamesTheSplit() throws RowFault {
        assertThat(SplitNames.ofColumn(" Dev ")).isEqualTo("validation");
        assertThat(SplitNames.ofColumn("ood-1")).isEqualTo("ood-1");
        assertThatThrownBy(() -> SplitNames.ofColumn("a/b")).hasMessageContaining("is no name of a split");
    }
}

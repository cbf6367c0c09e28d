package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ContentsSection;
import dev.finetide.suitability.FoundRows;
import dev.finetide.suitability.NotMeasured;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.Shares;
import java.io.IOException;
import java.nio.file.Path;

/// Counts what is told of all splits together: forms of rows, JSON answers, common beginnings, sizes by tag. Not
/// thread-safe.
final class CountedRows implements AutoCloseable {
    private final TagSizes tags = new TagSizes();
    private final JsonAnswers json;
    private final CommonBeginning questions = new CommonBeginning();
    private final CommonBeginning answers = new CommonBeginning();
    private final CommonBeginning systems = new CommonBeginning();
    private long rows;
    private long withTools;
    private long withSystem;
    private long withAnswer;

    /// @param scratch directory of temporary files
    CountedRows(Path scratch) {
        this.json = new JsonAnswers(scratch);
    }

    void add(ReportRow row, RowFacts facts) throws IOException {
        rows++;
        withTools += facts.offersTools() ? 1 : 0;
        withSystem += facts.system().isPresent() ? 1 : 0;
        withAnswer += facts.hasAnswer() ? 1 : 0;
        tags.add(row.tags(), facts.sizes());
        if (facts.json().isPresent()) {
            json.add(row, facts.json().get());
        } else if (facts.hasAnswer() && !facts.calls()) {
            json.addOther(row);
        }
        if (facts.sizes().hasQuestion()) {
            questions.add(facts.question());
        }
        if (!facts.calls()) {
            answers.add(facts.answer());
        }
        facts.system().ifPresent(systems::add);
    }

    /// Fills in the section from 1 row or more.
    void measure(ContentsSection.Builder section, FoundRows found, NotMeasured notes) throws IOException {
        section.addAllParts(tags.parts())
                .setWithTools(Shares.of(withTools, rows))
                .setWithSystem(Shares.of(withSystem, rows));
        tags.noteRefused(notes);
        if (withAnswer == 0) {
            notes.add("JSON answers", "no row has an answer");
        } else {
            section.setJsonAnswers(Shares.of(json.count(), withAnswer));
            json.measure(section, found, notes);
        }
        questions.text().ifPresent(section::setQuestionBeginning);
        answers.text().ifPresent(section::setAnswerBeginning);
        systems.text().ifPresent(section::setSystemBeginning);
    }

    @Override
    public void close() throws IOException {
        json.close();
    }
}

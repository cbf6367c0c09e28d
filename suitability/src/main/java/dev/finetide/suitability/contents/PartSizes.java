package dev.finetide.suitability.contents;

import dev.finetide.proto.dataset.v1.ContentsSection.Part;

/// Sizes of the rows of a split, or of those with one value of a tag. Not thread-safe.
final class PartSizes {
    /// Number of rows of a split up to which all is exact; beyond, ranks are within 0.2 %.
    static final int OF_SPLIT = 2_000;

    private final SizeSketch questionCharacters;
    private final SizeSketch questionWords;
    private final SizeSketch answerCharacters;
    private final SizeSketch answerWords;
    private final SizeSketch turns;
    private long rows;

    /// @param kept number of rows up to which all is exact
    PartSizes(int kept) {
        this.questionCharacters = new SizeSketch(kept);
        this.questionWords = new SizeSketch(kept);
        this.answerCharacters = new SizeSketch(kept);
        this.answerWords = new SizeSketch(kept);
        this.turns = new SizeSketch(kept);
    }

    void add(RowSizes sizes) {
        rows++;
        if (sizes.hasQuestion()) {
            questionCharacters.add(sizes.questionCharacters());
            questionWords.add(sizes.questionWords());
        }
        answerCharacters.add(sizes.answerCharacters());
        answerWords.add(sizes.answerWords());
        turns.add(sizes.turns());
    }

    boolean isEmpty() {
        return rows == 0;
    }

    /// @param field "split" or "tag region"
    Part part(String field, String value) {
        Part.Builder part = Part.newBuilder()
                .setField(field)
                .setValue(value)
                .setRows(rows)
                .setAnswerCharacters(answerCharacters.distribution())
                .setAnswerWords(answerWords.distribution())
                .setTurns(turns.distribution());
        if (!questionCharacters.isEmpty()) {
            part.setQuestionCharacters(questionCharacters.distribution())
                    .setQuestionWords(questionWords.distribution());
        }
        return part.build();
    }
}

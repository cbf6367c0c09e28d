package dev.finetide.suitability.relation;

import dev.finetide.sft.text.RowTexts;
import dev.finetide.suitability.ReportRow;
import dev.finetide.suitability.RowBatches;
import dev.finetide.suitability.RowScan;
import dev.finetide.suitability.linear.TextTerms;
import dev.finetide.suitability.sample.RowSample;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

/// Question and answer of each row of a split as hashes, 72 bytes a row, so that equal questions are found without
/// their texts. Of very many rows, questions are kept by a hash: all rows of a question, or none.
final class QuestionIndex {
    /// The most rows, a power of two, so that a row's place fits beside a key.
    static final int MOST_ROWS = 1 << 20;

    /// Texts are read up to here.
    static final int LONGEST = 20_000;

    private static final int PLACE_BITS = 20;
    private static final int WORDS = AskedWords.PARTS + 1;

    private final int mostRows;
    private int size;
    private long rows;
    private long mask;
    private long[] asked = new long[1024];
    private long[] answers = new long[1024];
    private long[] numbers = new long[1024];
    private long[] ids = new long[1024];
    /// Key of all words, then keys without a part; 0 where there are fewer parts.
    private long[] words = new long[1024 * WORDS];

    /// @param mostRows the most rows that are kept
    QuestionIndex(int mostRows) {
        this.mostRows = mostRows;
    }

    /// Reads the rows of a split, as far as they have answers.
    ///
    /// @param also takes each row of the scan, too
    static QuestionIndex of(RowScan rows, String split, AnswerForms forms, Consumer<ReportRow> also)
            throws IOException {
        QuestionIndex index = new QuestionIndex(MOST_ROWS);
        try (RowBatches batches = new RowBatches()) {
            batches.read(rows, split, row -> Keys.of(row, forms), (row, keys) -> {
                also.accept(row);
                if (keys.isAnswered) {
                    index.add(row, keys);
                }
            });
        }
        return index;
    }

    /// The hashes of a row.
    ///
    /// @param words key of all words, then keys without a part
    record Keys(boolean isAnswered, long asked, long answer, long words, long[] without) {
        private static final Keys NONE = new Keys(false, 0, 0, 0, new long[0]);

        static Keys of(ReportRow row, AnswerForms forms) {
            if (!RowSample.isAnswered(row)) {
                return NONE;
            }
            String question = QuestionIndex.asked(row);
            AskedWords words = AskedWords.of(question);
            return new Keys(
                    true,
                    TextTerms.hash(question),
                    TextTerms.hash(forms.form(RowTexts.answer(row.row()))),
                    words.key(),
                    words.keysWithoutAPart());
        }
    }

    void add(ReportRow row, Keys keys) {
        rows++;
        if ((TextTerms.mixed(keys.words) & mask) != 0) {
            return;
        }
        while (size == mostRows) {
            mask = 2 * mask + 1;
            keepOnly(place -> (TextTerms.mixed(words[place * WORDS]) & mask) == 0);
        }
        if ((TextTerms.mixed(keys.words) & mask) != 0) {
            return;
        }
        if (size == asked.length) {
            grow();
        }
        asked[size] = keys.asked;
        answers[size] = keys.answer;
        numbers[size] = row.number();
        ids[size] = row.id().length() == 16 ? HexFormat.fromHexDigitsToLong(row.id()) : 0;
        words[size * WORDS] = keys.words;
        Arrays.fill(words, size * WORDS + 1, (size + 1) * WORDS, 0);
        System.arraycopy(keys.without, 0, words, size * WORDS + 1, keys.without.length);
        size++;
    }

    static String asked(ReportRow row) {
        return RowSample.cut(RowTexts.asked(row.row()), LONGEST);
    }

    private void keepOnly(IntPredicate kept) {
        int next = 0;
        for (int place = 0; place < size; place++) {
            if (kept.test(place)) {
                asked[next] = asked[place];
                answers[next] = answers[place];
                numbers[next] = numbers[place];
                ids[next] = ids[place];
                System.arraycopy(words, place * WORDS, words, next * WORDS, WORDS);
                next++;
            }
        }
        size = next;
    }

    private void grow() {
        int length = 2 * size;
        asked = Arrays.copyOf(asked, length);
        answers = Arrays.copyOf(answers, length);
        numbers = Arrays.copyOf(numbers, length);
        ids = Arrays.copyOf(ids, length);
        words = Arrays.copyOf(words, length * WORDS);
    }

    /// Returns how many rows are kept.
    int size() {
        return size;
    }

    /// Returns how many rows with answers there are.
    long rows() {
        return rows;
    }

    long asked(int place) {
        return asked[place];
    }

    long answer(int place) {
        return answers[place];
    }

    /// Returns the 1-based number of a row in its split.
    long number(int place) {
        return numbers[place];
    }

    String id(int place) {
        return HexFormat.of().toHexDigits(ids[place]);
    }

    /// Takes the places of rows that share a key, in their order.
    interface Group {
        void take(int[] places);
    }

    /// Visits the rows of each question that stands twice or more.
    void equalQuestions(Group group) {
        long[] packed = new long[size];
        for (int place = 0; place < size; place++) {
            packed[place] = packed(asked[place], place);
        }
        groups(packed, size, group);
    }

    /// Visits rows that share a key of words: candidates for near questions.
    void nearQuestions(Group group) {
        long[] packed = new long[size * WORDS];
        int count = 0;
        for (int i = 0; i < packed.length; i++) {
            if (words[i] != 0) {
                packed[count++] = packed(words[i], i / WORDS);
            }
        }
        groups(packed, count, group);
    }

    /// Visits the rows of each form of an answer, also of those that stand once.
    void equalAnswers(Group group) {
        long[] packed = new long[size];
        for (int place = 0; place < size; place++) {
            packed[place] = packed(answers[place], place);
        }
        runs(packed, size, group);
    }

    private static long packed(long key, int place) {
        return key >>> PLACE_BITS << PLACE_BITS | place;
    }

    private static void groups(long[] packed, int count, Group group) {
        runs(packed, count, places -> {
            if (places.length > 1) {
                group.take(places);
            }
        });
    }

    private static void runs(long[] packed, int count, Group group) {
        Arrays.sort(packed, 0, count);
        for (int start = 0; start < count; ) {
            int end = start;
            while (end < count && packed[end] >>> PLACE_BITS == packed[start] >>> PLACE_BITS) {
                end++;
            }
            int[] places = new int[end - start];
            for (int i = start; i < end; i++) {
                places[i - start] = (int) (packed[i] & (1 << PLACE_BITS) - 1);
            }
            group.take(places);
            start = end;
        }
    }
}

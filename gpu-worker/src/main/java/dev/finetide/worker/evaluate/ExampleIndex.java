package dev.finetide.worker.evaluate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.BoostQuery;
import org.apache.lucene.search.FieldDoc;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.ByteBuffersDirectory;

/// Finds the texts that are most similar to a question by BM25, in memory. Words are Unicode's, in
/// lower case. A word that the question has twice counts twice, and equal scores are ordered by row, so
/// the answer is always the same.
final class ExampleIndex implements AutoCloseable {
    private static final String TEXT = "text";
    private static final String ROW = "row";

    /// Most different words of a question that are looked for. Of more, the rarest are taken.
    private static final int MOST_WORDS = 1000;

    private final Analyzer analyzer = new StandardAnalyzer();
    private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    ExampleIndex(List<String> texts) {
        try {
            IndexWriterConfig config = new IndexWriterConfig(analyzer).setSimilarity(new BM25Similarity());
            try (IndexWriter writer = new IndexWriter(directory, config)) {
                for (int row = 0; row < texts.size(); row++) {
                    Document document = new Document();
                    document.add(new TextField(TEXT, texts.get(row), Field.Store.NO));
                    document.add(new NumericDocValuesField(ROW, row));
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            reader = DirectoryReader.open(directory);
            searcher = new IndexSearcher(reader);
            searcher.setSimilarity(new BM25Similarity());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Returns the rows of the most similar texts, the most similar first. Texts without a word of the
    /// question follow in the order of their rows.
    ///
    /// @param count number of rows, which is made smaller if there are fewer texts
    List<Integer> nearest(String question, int count) {
        int wanted = Math.min(count, reader.numDocs());
        if (wanted == 0) {
            return List.of();
        }
        Set<Integer> rows = new LinkedHashSet<>();
        try {
            Sort order = new Sort(SortField.FIELD_SCORE, new SortField(ROW, SortField.Type.INT));
            for (ScoreDoc found : searcher.search(query(question), wanted, order).scoreDocs) {
                rows.add((Integer) ((FieldDoc) found).fields[1]);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int row = 0; rows.size() < wanted; row++) {
            rows.add(row);
        }
        return List.copyOf(rows);
    }

    private BooleanQuery query(String question) throws IOException {
        Map<String, Integer> words = words(question);
        List<String> rarest = new ArrayList<>(words.keySet());
        if (rarest.size() > MOST_WORDS) {
            Map<String, Integer> frequencies = new LinkedHashMap<>();
            for (String word : rarest) {
                frequencies.put(word, reader.docFreq(new Term(TEXT, word)));
            }
            rarest.sort(Comparator.comparing(frequencies::get));
        }
        BooleanQuery.Builder query = new BooleanQuery.Builder();
        rarest.stream()
                .limit(MOST_WORDS)
                .forEach(word -> query.add(
                        new BoostQuery(new TermQuery(new Term(TEXT, word)), words.get(word)),
                        BooleanClause.Occur.SHOULD));
        return query.build();
    }

    /// Counts the words of a text.
    private Map<String, Integer> words(String text) throws IOException {
        Map<String, Integer> words = new LinkedHashMap<>();
        try (TokenStream tokens = analyzer.tokenStream(TEXT, text)) {
            CharTermAttribute word = tokens.addAttribute(CharTermAttribute.class);
            tokens.reset();
            while (tokens.incrementToken()) {
                words.merge(word.toString(), 1, Integer::sum);
            }
            tokens.end();
        }
        return words;
    }

    @Override
    public void close() {
        try {
            reader.close();
            directory.close();
            analyzer.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

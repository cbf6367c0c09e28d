package dev.finetide.retrieval.search;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

/// Finds passages that share words with a question by BM25 with k1 = 1.2 and b = 0.75, in memory. Words are
/// Unicode's (UAX 29) in lower case, and none is left out as too common. A word that the question has twice
/// counts twice. A passage that shares no word is not found.
public final class Bm25Retriever implements Retriever {
    private static final float K1 = 1.2f;
    private static final float B = 0.75f;
    private static final String TEXT = "text";
    private static final String POSITION = "position";

    /// Most different words of a question that are looked for. If it has more, the rarest are taken.
    private static final int MOST_WORDS = 1000;

    private final Analyzer analyzer = new StandardAnalyzer();
    private final ByteBuffersDirectory directory = new ByteBuffersDirectory();
    private final DirectoryReader reader;
    private final IndexSearcher searcher;

    public Bm25Retriever(Iterable<String> passages) {
        BM25Similarity similarity = new BM25Similarity(K1, B);
        try {
            IndexWriterConfig config = new IndexWriterConfig(analyzer).setSimilarity(similarity);
            try (IndexWriter writer = new IndexWriter(directory, config)) {
                int position = 0;
                for (String passage : passages) {
                    Document document = new Document();
                    document.add(new TextField(TEXT, passage, Field.Store.NO));
                    document.add(new NumericDocValuesField(POSITION, position++));
                    writer.addDocument(document);
                }
                writer.forceMerge(1);
            }
            reader = DirectoryReader.open(directory);
            searcher = new IndexSearcher(reader);
            searcher.setSimilarity(similarity);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<Hit> search(String question, int count) {
        int wanted = Math.min(count, size());
        if (wanted == 0) {
            return List.of();
        }
        Sort order = new Sort(SortField.FIELD_SCORE, new SortField(POSITION, SortField.Type.INT));
        List<Hit> hits = new ArrayList<>();
        try {
            for (ScoreDoc found : searcher.search(query(question), wanted, order).scoreDocs) {
                Object[] fields = ((FieldDoc) found).fields;
                hits.add(new Hit((Integer) fields[1], (Float) fields[0]));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return hits;
    }

    private BooleanQuery query(String question) throws IOException {
        Map<String, Integer> words = words(question);
        List<String> rarest = new ArrayList<>(words.keySet());
        if (rarest.size() > MOST_WORDS) {
            Map<String, Integer> frequencies = new LinkedHashMap<>();
            for (String word : rarest) {
                frequencies.put(word, reader.docFreq(new Term(TEXT, word)));
            }
            rarest.removeIf(word -> frequencies.get(word) == 0);
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
    public int size() {
        return reader.numDocs();
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

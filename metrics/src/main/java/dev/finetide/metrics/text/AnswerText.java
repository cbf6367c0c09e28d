package dev.finetide.metrics.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Short answers in the form in which they are compared: in lower case, without punctuation,
/// without the articles a, an and the, with single spaces, as SQuAD's evaluation does it. Signs and
/// points of numbers stay, because -5 is not 5 and 3.5 is not 35.
public final class AnswerText {
    private static final Set<String> ARTICLES = Set.of("a", "an", "the");
    private static final String GROUP_OF_THOUSAND = "(?<=\\p{Nd}),(?=\\p{Nd}{3}(?!\\p{Nd}))";
    private static final String IN_NUMBER = "(?<=\\p{Nd})[.,:/](?=\\p{Nd})";
    private static final String SIGN = "(?<![\\p{L}\\p{Nd}\\p{P}\\p{S}])[-\u2212](?=[.,]?\\p{Nd})";
    private static final Pattern PUNCTUATION =
            Pattern.compile(GROUP_OF_THOUSAND + "|(" + IN_NUMBER + "|" + SIGN + ")|[\\p{P}$^`|~<>=+]");

    private AnswerText() {}

    /// Returns the words that are compared. In scripts without spaces each character is a word.
    public static List<String> words(String text) {
        String plain = PUNCTUATION.matcher(Words.folded(text)).replaceAll(match -> kept(match.group(1)));
        List<String> words = new ArrayList<>();
        for (String word : Whitespace.split(plain)) {
            if (!ARTICLES.contains(word)) {
                split(word, words);
            }
        }
        return words;
    }

    /// Returns whether two texts are the same answer. Texts that have no words are compared as they
    /// are.
    public static boolean same(String a, String b) {
        List<String> wordsOfA = words(a);
        List<String> wordsOfB = words(b);
        return wordsOfA.isEmpty() || wordsOfB.isEmpty() ? a.strip().equals(b.strip()) : wordsOfA.equals(wordsOfB);
    }

    private static String kept(String sign) {
        return sign == null ? "" : sign.equals("\u2212") ? "-" : sign;
    }

    private static void split(String word, List<String> words) {
        int start = 0;
        for (int i = 0; i < word.length(); ) {
            int c = word.codePointAt(i);
            int next = i + Character.charCount(c);
            if (Words.standsAlone(c)) {
                if (start < i) {
                    words.add(word.substring(start, i));
                }
                words.add(word.substring(i, next));
                start = next;
            }
            i = next;
        }
        if (start < word.length()) {
            words.add(word.substring(start));
        }
    }
}

package dev.finetide.suitability.contents;

import com.optimaize.langdetect.DetectedLanguage;
import com.optimaize.langdetect.LanguageDetector;
import com.optimaize.langdetect.LanguageDetectorBuilder;
import com.optimaize.langdetect.ngram.NgramExtractors;
import com.optimaize.langdetect.profiles.LanguageProfileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Tells the language of texts by ISO 639-1. A script that one language writes decides by itself; else profiles of
/// letters do, for texts that are long enough. Thread-safe.
final class Languages {
    static final String UNKNOWN = "unknown";

    /// Fewest letters of a text whose language profiles can tell, and of one whose script can.
    private static final int FEWEST_LETTERS = 25;

    /// Fewest letters of an answer whose language is told apart from that of its question: labels are no language.
    private static final int FEWEST_OF_ANSWER = 60;

    private static final int FEWEST_OF_SCRIPT = 4;
    /// Smallest probability of a language, for texts of 80 letters or more and for shorter ones.
    private static final double SURE = 0.9;

    private static final double SURE_OF_SHORT = 0.99;
    private static final int SHORT = 80;
    private static final double MOST_LETTERS = 0.6;
    private static final int ASCII = 128;
    private static final int LONGEST_WORD = 40;
    /// Number of characters that are looked at.
    private static final int LOOKED_AT = 1_000;

    /// Languages of few texts that short texts of English, French, Spanish or Dutch are taken for.
    private static final Set<String> CONFUSED =
            Set.of("af", "an", "ast", "br", "cy", "eu", "ga", "gl", "ht", "mt", "oc", "so", "yi");

    private static final Map<Character.UnicodeScript, String> SCRIPTS = Map.ofEntries(
            Map.entry(Character.UnicodeScript.HIRAGANA, "ja"),
            Map.entry(Character.UnicodeScript.KATAKANA, "ja"),
            Map.entry(Character.UnicodeScript.HAN, "zh"),
            Map.entry(Character.UnicodeScript.HANGUL, "ko"),
            Map.entry(Character.UnicodeScript.THAI, "th"),
            Map.entry(Character.UnicodeScript.LAO, "lo"),
            Map.entry(Character.UnicodeScript.KHMER, "km"),
            Map.entry(Character.UnicodeScript.MYANMAR, "my"),
            Map.entry(Character.UnicodeScript.GREEK, "el"),
            Map.entry(Character.UnicodeScript.GEORGIAN, "ka"),
            Map.entry(Character.UnicodeScript.ARMENIAN, "hy"),
            Map.entry(Character.UnicodeScript.TAMIL, "ta"),
            Map.entry(Character.UnicodeScript.TELUGU, "te"),
            Map.entry(Character.UnicodeScript.KANNADA, "kn"),
            Map.entry(Character.UnicodeScript.MALAYALAM, "ml"),
            Map.entry(Character.UnicodeScript.GUJARATI, "gu"),
            Map.entry(Character.UnicodeScript.SINHALA, "si"));

    /// The profiles, which take a second to read. They are read for the first text whose script does not decide.
    private static final class Profiles {
        static final LanguageDetector DETECTOR = read();

        private static LanguageDetector read() {
            try {
                return LanguageDetectorBuilder.create(NgramExtractors.standard())
                        .withProfiles(new LanguageProfileReader()
                                .readAllBuiltIn().stream()
                                        .filter(profile -> !CONFUSED.contains(
                                                profile.getLocale().getLanguage()))
                                        .toList())
                        .seed(20_260_101)
                        .build();
            } catch (IOException e) {
                throw new UncheckedIOException("the profiles of languages cannot be read", e);
            }
        }
    }

    private Languages() {}

    /// Returns the language of a row: that of the question, and after an arrow that of the answer, if it is another:
    /// "en", "en → de".
    static String of(String question, String answer) {
        Optional<String> asked = of(question);
        Optional<String> answered = of(answer, FEWEST_OF_ANSWER);
        if (asked.isPresent() && answered.isPresent() && !asked.equals(answered)) {
            return asked.get() + " → " + answered.get();
        }
        return asked.or(() -> answered).or(() -> of(question + "\n" + answer)).orElse(UNKNOWN);
    }

    /// Returns the language of a text; empty where it cannot be told.
    static Optional<String> of(String text) {
        return of(text, FEWEST_LETTERS);
    }

    /// @param fewest fewest letters by which profiles tell
    private static Optional<String> of(String text, int fewest) {
        StringBuilder letters = new StringBuilder();
        Map<Character.UnicodeScript, Integer> scripts = new EnumMap<>(Character.UnicodeScript.class);
        int count = 0;
        boolean gap = false;
        for (int i = 0; i < text.length() && letters.length() < LOOKED_AT; ) {
            int code = i == 0 || isGap(text.charAt(i - 1)) ? endOfCode(text, i) : i;
            if (code > i) {
                i = code;
                gap = true;
                continue;
            }
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (Character.isLetter(c)) {
                scripts.merge(Character.UnicodeScript.of(c), 1, Integer::sum);
                count++;
            }
            if (Character.isLetter(c) || Character.getType(c) == Character.NON_SPACING_MARK || c == '\'' || c == '’') {
                letters.append(gap && !letters.isEmpty() ? " " : "").appendCodePoint(c);
                gap = false;
            } else {
                gap = true;
            }
        }
        int letterCount = count;
        Optional<String> byScript = byScript(scripts, letterCount);
        return byScript.isPresent() || letterCount < fewest
                ? byScript
                : byProfile(letters, letterCount < SHORT ? SURE_OF_SHORT : SURE);
    }

    /// Returns the end of a run of more than 40 ASCII characters without a gap, such as base64,
    /// which is no language; the same place where there is none.
    private static int endOfCode(String text, int start) {
        int end = start;
        while (end < text.length() && text.charAt(end) < ASCII && !isGap(text.charAt(end))) {
            end++;
        }
        return end - start > LONGEST_WORD ? end : start;
    }

    private static boolean isGap(char c) {
        return c <= ' ';
    }

    private static Optional<String> byScript(Map<Character.UnicodeScript, Integer> scripts, int letters) {
        int kana = scripts.getOrDefault(Character.UnicodeScript.HIRAGANA, 0)
                + scripts.getOrDefault(Character.UnicodeScript.KATAKANA, 0);
        int han = scripts.getOrDefault(Character.UnicodeScript.HAN, 0);
        if (kana > 0 && kana + han >= Math.max(FEWEST_OF_SCRIPT, MOST_LETTERS * letters)) {
            // Chinese has no kana but in names.
            return Optional.of(kana * 20 >= han ? "ja" : "zh");
        }
        return scripts.entrySet().stream()
                .filter(script -> script.getValue() >= Math.max(FEWEST_OF_SCRIPT, MOST_LETTERS * letters))
                .map(script -> SCRIPTS.get(script.getKey()))
                .filter(language -> language != null)
                .findFirst();
    }

    private static Optional<String> byProfile(CharSequence letters, double sure) {
        List<DetectedLanguage> found = Profiles.DETECTOR.getProbabilities(letters);
        return found.stream()
                .filter(language -> language.getProbability() >= sure)
                .map(language -> language.getLocale().getLanguage())
                .findFirst();
    }
}

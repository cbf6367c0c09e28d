package dev.finetide.suitability.personal;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds telephone numbers: with the code of a country that exists, in the forms of North America,
/// Brazil and Russia, with a leading zero and groups, and any digits after a word such as "phone".
/// A plain row of digits is none, because it may be any number.
final class Phones implements Redaction.Finder {
    private static final int LEAST = 7;
    private static final int MOST = 15;
    private static final String SEPARATORS = " ().-/\u00a0";
    private static final int MOST_SEPARATORS = 2;
    /// Digits of a number of North America (1) or Russia and Kazakhstan (7), with that digit.
    private static final int WITH_ONE_OR_SEVEN = 11;
    private static final String BESIDE = "(?<![\\p{IsLatin}\\d.+-])";

    /// A number does not begin in another number: in "4111 0250 3279 4389" there is no 0250 3279
    /// 4389.
    private static final String START = BESIDE + "(?<!\\d[ ()\\u00a0])";

    private static final String END = "(?![\\p{IsLatin}\\d])(?![ -]\\d|\\.\\d)";

    /// Codes of countries (ITU-T E.164).
    private static final String COUNTRY =
            "(?:1(?=[ ().\\-/]{0,2}[2-9])|7|2[07]|3[0123469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
                    + "|2[1-689]\\d|3[578]\\d|42[013]|50\\d|59\\d|6[789]\\d|8[058]\\d|96\\d|97\\d|99\\d)";

    private static final List<Pattern> FORMS = List.of(
            // phone: 98765 43210, 电话 13812345678, mobile (612) 345 678
            Pattern.compile("(?i)((?:(?<!\\p{L})(?:phone|telephone|tel|mobile|cell|fax|whatsapp|telefon|handy"
                    + "|téléphone|portable|teléfono|móvil|telefone|celular|telefono|cellulare|телефон|тел|फ़ोन|फोन|मोबाइल)"
                    + "|هاتف|جوال|电话|手机|電話|携帯|전화|휴대폰)(?: (?:number|no|nummer|is|ist|number is))?[.:：]{0,2} ?)"
                    + "[+(]{0,2}\\d(?:[ ()./-]{0,2}\\d){6,14}" + END),
            // +49 30 1234567, +1 (415) 555-2671
            Pattern.compile("(?<![\\p{IsLatin}\\d+])\\+" + COUNTRY + "(?:[ ().\\-/\\u00a0]{0,2}\\d){6,14}"
                    + "(?![\\p{IsLatin}\\d])"),
            // 0049-30-1234567. Zeros before a row of digits may fill any number.
            Pattern.compile(START + "00" + COUNTRY + "(?=\\d{0,4}[ ().\\-/])(?:[ ().\\-/]{0,2}\\d){6,14}" + END),
            // (415) 555-2671, 415-555-2671, 1-415-555-2671
            Pattern.compile(BESIDE + "(?:1[ .-])?(?:\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}[ .-])[2-9]\\d{2}[ .-]\\d{4}" + END),
            // 1-800-555-0199 stands above; 8 (495) 123-45-67, (11) 91234-5678
            Pattern.compile(
                    BESIDE + "(?:[87] ?\\(\\d{3}\\) ?\\d{3}-\\d{2}-\\d{2}|\\(\\d{2}\\) ?9?\\d{4}-\\d{4})" + END),
            // 06 12 34 56 78
            Pattern.compile(START + "0[1-9](?:[ .-]\\d{2}){4}" + END),
            // 03-1234-5678, 06-12345678
            Pattern.compile(START + "(?:0[1-9]-\\d{4}-\\d{4}|06-\\d{8})" + END),
            // (030) 1234567, (02) 9374 4000
            Pattern.compile(BESIDE + "\\(0[1-9]\\d{0,3}\\)[ /-]?\\d{3,4}(?:[ -]?\\d{2,4}){1,3}" + END),
            // 030 1234567, 0171/1234567, 07700 900123
            Pattern.compile(START + "0[1-9]\\d{1,3}[ /-]\\d{3,4}(?:[ -]?\\d{2,4}){1,3}" + END));

    @Override
    public String replaced(String text, String by) {
        if (!hasNumber(Digits.plain(text))) {
            return text;
        }
        String left = text;
        for (Pattern form : FORMS) {
            left = replaced(form, left, by);
        }
        return left;
    }

    /// Replaces the numbers of one form, and keeps all else, also digits of other scripts.
    private static String replaced(Pattern form, String text, String by) {
        StringBuilder left = new StringBuilder();
        int copied = 0;
        Matcher found = form.matcher(Digits.plain(text));
        while (found.find()) {
            if (isNumber(found)) {
                left.append(text, copied, found.start() + before(found).length())
                        .append(by);
                copied = found.end();
            }
        }
        return copied == 0 ? text : left.append(text, copied, text.length()).toString();
    }

    /// Returns whether seven digits stand together, with at most two separators between any two:
    /// each form has as many. The patterns take far longer.
    private static boolean hasNumber(String text) {
        int digits = 0;
        int separators = 0;
        for (int i = 0; i < text.length(); i++) {
            if (Digits.isAt(text, i)) {
                digits++;
                separators = 0;
                if (digits == LEAST) {
                    return true;
                }
            } else if (digits > 0 && (SEPARATORS.indexOf(text.charAt(i)) < 0 || ++separators > MOST_SEPARATORS)) {
                digits = 0;
                separators = 0;
            }
        }
        return false;
    }

    /// Returns the word before a number, which stays.
    private static String before(MatchResult found) {
        return found.groupCount() == 0 ? "" : found.group(1);
    }

    private static boolean isNumber(MatchResult found) {
        String number = found.group().substring(before(found).length());
        boolean isInternational = number.startsWith("00") || number.startsWith("+");
        String international = number.startsWith("00") ? number.substring(2) : number.replace("+", "");
        long digits = international.chars().filter(Character::isDigit).count();
        if (isInternational && (international.startsWith("1") || international.startsWith("7"))) {
            return digits == WITH_ONE_OR_SEVEN;
        }
        return digits >= LEAST && digits <= MOST;
    }
}

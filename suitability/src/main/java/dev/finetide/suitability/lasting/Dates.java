package dev.finetide.suitability.lasting;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds dates that pass: days and months of the last years and of the years to come, and days of the week with a date.
/// A year alone and a date in history stay true.
final class Dates {
    /// A date of so many years before the report, or later, may be news.
    private static final int RECENT_YEARS = 4;
    /// A year that is further ahead is a number or fiction.
    private static final int COMING_YEARS = 20;

    private static final String MONTH =
            "(?:january|february|march|april|may|june|july|august|september|october|november"
                    + "|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
                    + "|januar|februar|märz|mai|juni|juli|oktober|dezember"
                    + "|janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre"
                    + "|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
                    + "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|dezembro"
                    + "|gennaio|febbraio|maggio|giugno|luglio|settembre|ottobre|dicembre"
                    + "|januari|februari|maart|mei|augustus"
                    + "|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
                    + "|يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
                    + "|जनवरी|फरवरी|फ़रवरी|मार्च|अप्रैल|मई|जून|जुलाई|अगस्त|सितंबर|अक्टूबर|नवंबर|दिसंबर)\\.?";
    private static final List<String> CENTURIES = List.of("19", "20");
    private static final List<String> WEEKDAYS = List.of(
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "montag",
            "dienstag",
            "mittwoch",
            "donnerstag",
            "freitag",
            "samstag",
            "sonntag",
            "lundi",
            "mardi",
            "mercredi",
            "jeudi",
            "vendredi",
            "samedi",
            "dimanche",
            "lunes",
            "martes",
            "miércoles",
            "jueves",
            "viernes",
            "sábado",
            "domingo");
    private static final String WEEKDAY = "(?:" + String.join("|", WEEKDAYS) + ")";
    private static final String YEAR = "((?:19|20)\\d\\d)(?!\\d)";
    private static final String START = "(?<![\\p{L}\\d])";

    private static final List<Pattern> WITH_YEAR = List.of(
            Pattern.compile("(?<!\\d)" + YEAR + "-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])(?!\\d)"),
            Pattern.compile("(?<![\\d.])\\d{1,2}[./]\\d{1,2}[./]" + YEAR),
            // 2026年3月3日, 2026년 3월
            Pattern.compile("(?<!\\d)((?:19|20)\\d\\d)[年년] ?\\d{1,2}[月월]"),
            // 3 March 2026, 3. März 2026, 3 de marzo de 2026, March 2026
            Pattern.compile(START + MONTH + " (?:de |del )?" + YEAR),
            // March 3, 2026
            Pattern.compile(START + MONTH + " \\d{1,2}(?:st|nd|rd|th)?,? " + YEAR));

    private static final Pattern WITH_WEEKDAY = Pattern.compile(START + WEEKDAY + ",? (?:the |den |le |el )?(?:\\d{1,2}"
            + "(?:st|nd|rd|th|\\.|er)? (?:of |de )?" + MONTH + "|" + MONTH + " \\d{1,2}(?!\\d))");

    private final int year;

    /// @param year year of the report
    Dates(int year) {
        this.year = year;
    }

    boolean areIn(AskedAnswer row) {
        if (!row.hasDigits()) {
            return false;
        }
        for (Pattern pattern : row.hasAny(CENTURIES) ? WITH_YEAR : List.<Pattern>of()) {
            Matcher found = pattern.matcher(row.answer());
            while (found.find()) {
                int of = Integer.parseInt(found.group(1));
                boolean passes = of >= year - RECENT_YEARS && of <= year + COMING_YEARS;
                // A date that is written in another way in the question has its year there.
                if (passes && !row.isAsked(found.group(1))) {
                    return true;
                }
            }
        }
        if (!row.hasAny(WEEKDAYS)) {
            return false;
        }
        Matcher weekday = WITH_WEEKDAY.matcher(row.answer());
        return weekday.find() && !row.isAsked(weekday.group());
    }
}

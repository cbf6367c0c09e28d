package dev.finetide.suitability.personal;

import java.net.Inet6Address;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds IPv4 and IPv6 addresses of machines. Masks, loopback and "any address" name none, and
/// neither do numbers of versions and sections.
final class IpAddresses implements Redaction.Finder {
    private static final String BYTE = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern V4 =
            Pattern.compile("(?<![\\d.\\p{IsLatin}]|\\p{IsLatin}/)(?<!(?i:version|release|section|chapter|clause) )(?:"
                    + BYTE + "\\.){3}" + BYTE + "(?!\\d|\\.\\d|\\p{IsLatin})");
    private static final Pattern NO_MACHINE = Pattern.compile("(?:0|127|255)\\..*");
    private static final Pattern V6 =
            Pattern.compile("(?<![0-9A-Za-z:.])[0-9A-Fa-f]{0,4}+:[0-9A-Fa-f:.]{2,41}(?<![:.])(?![0-9A-Za-z:])"
                    + "|(?<![0-9A-Za-z:.])[0-9A-Fa-f]{1,4}+:[0-9A-Fa-f:]{0,34}::(?![0-9A-Za-z:])");

    @Override
    public String replaced(String text, String by) {
        String without = !hasDigitsAroundPoint(text)
                ? text
                : V4.matcher(text)
                        .replaceAll(found -> Matcher.quoteReplacement(
                                NO_MACHINE.matcher(found.group()).matches() ? found.group() : by));
        return without.indexOf(':') < 0
                ? without
                : V6.matcher(without)
                        .replaceAll(found -> Matcher.quoteReplacement(isAddress(found) ? by : found.group()));
    }

    /// Returns whether a point stands between two digits, which is told much faster than by the pattern.
    private static boolean hasDigitsAroundPoint(String text) {
        for (int i = text.indexOf('.', 1); i > 0 && i + 1 < text.length(); i = text.indexOf('.', i + 1)) {
            if (Character.isDigit(text.charAt(i - 1)) && Character.isDigit(text.charAt(i + 1))) {
                return true;
            }
        }
        return false;
    }

    /// Returns whether a find is an address. A time such as 12:30:45 is none, and a word such as
    /// add::bad hardly is one.
    private static boolean isAddress(MatchResult found) {
        String text = found.group();
        if (text.chars().noneMatch(Character::isDigit)) {
            return false;
        }
        try {
            Inet6Address address = (Inet6Address) Inet6Address.ofLiteral(text);
            return !address.isLoopbackAddress() && !address.isAnyLocalAddress();
        } catch (IllegalArgumentException notAnAddress) {
            return false;
        }
    }
}

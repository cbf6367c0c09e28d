package dev.finetide.suitability.personal;

import dev.finetide.proto.dataset.v1.RedactKind;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Replaces personal data and secrets by their kind in brackets. Kinds are found one after the other:
/// secrets first, which may look like others, and phone numbers last, which are the least certain. A
/// text that was redacted stays as it is when it is redacted again. Thread-safe.
public final class Redaction {
    /// Finds one kind of data.
    interface Finder {
        /// Returns the text with each find replaced.
        String replaced(String text, String by);
    }

    private static final List<RedactKind> ORDER = List.of(
            RedactKind.SECRET,
            RedactKind.EMAIL,
            RedactKind.IBAN,
            RedactKind.CARD,
            RedactKind.IP_ADDRESS,
            RedactKind.PHONE);
    private static final Map<RedactKind, Finder> FINDERS = new EnumMap<>(Map.of(
            RedactKind.SECRET, new Secrets(),
            RedactKind.EMAIL, new Emails(),
            RedactKind.IBAN, new Ibans(),
            RedactKind.CARD, new Cards(),
            RedactKind.IP_ADDRESS, new IpAddresses(),
            RedactKind.PHONE, new Phones()));

    private final List<RedactKind> kinds;

    private Redaction(List<RedactKind> kinds) {
        this.kinds = kinds;
    }

    /// @param kinds kinds to replace; all when empty
    public static Redaction of(Collection<RedactKind> kinds) {
        return new Redaction(ORDER.stream()
                .filter(kind -> kinds.isEmpty() || kinds.contains(kind))
                .toList());
    }

    /// Returns the text without personal data and secrets.
    public String of(String text) {
        String redacted = text;
        for (RedactKind kind : kinds) {
            redacted = FINDERS.get(kind).replaced(redacted, "[" + kind.name() + "]");
        }
        return redacted;
    }
}

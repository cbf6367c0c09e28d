package dev.finetide.suitability.personal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Names the kinds of personal data and secrets in a text, by the finders and in the order of [Redaction]: what a
/// recipe replaces is what the report counts. Thread-safe.
public final class PersonalData {
    /// Takes the place of a find, so that no later kind finds it again.
    private static final String TAKEN = "[]";

    private static final Map<String, Redaction.Finder> FINDERS = new LinkedHashMap<>();

    static {
        FINDERS.put("private key", new PrivateKeys());
        FINDERS.put("key", new Secrets());
        FINDERS.put("mail", new Emails());
        FINDERS.put("iban", new Ibans());
        FINDERS.put("card", new Cards());
        FINDERS.put("ip address", new IpAddresses());
        FINDERS.put("phone", new Phones());
    }

    private PersonalData() {}

    /// Returns the kinds that stand in a text: "mail", "phone", "card", "iban", "ip address", "key", "private key".
    public static Set<String> in(String text) {
        Set<String> kinds = new TreeSet<>();
        String left = text;
        for (Map.Entry<String, Redaction.Finder> finder : FINDERS.entrySet()) {
            String replaced = finder.getValue().replaced(left, TAKEN);
            if (!replaced.equals(left)) {
                kinds.add(finder.getKey());
                left = replaced;
            }
        }
        return kinds;
    }
}

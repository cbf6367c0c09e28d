package dev.finetide.dataset.recipe.redact;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds keys and tokens by the forms that their issuers gave them, so that scanners can find them.
final class Secrets implements Redaction.Finder {
    private static final String START = "(?<![A-Za-z0-9_-])";
    private static final String END = "(?![A-Za-z0-9_-])";
    private static final PrivateKeys KEYS = new PrivateKeys();
    private static final List<Pattern> FORMS = List.of(
            // JSON Web Tokens (RFC 7519): header and payload are JSON objects in base64url.
            Pattern.compile(START + "eyJ[A-Za-z0-9_-]{5,}+\\.eyJ[A-Za-z0-9_-]{5,}+\\.[A-Za-z0-9_-]*+"),
            // AWS key ids, and secret keys beside their name.
            Pattern.compile(START + "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}" + END),
            Pattern.compile("(?i)(?<=aws_secret_access_key)[\"' ]{0,3}[:=][\"' ]{0,3}[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])"),
            // GitHub
            Pattern.compile(START + "gh[pousr]_[A-Za-z0-9]{36,255}+"),
            Pattern.compile(START + "github_pat_[A-Za-z0-9_]{22,255}+"),
            // OpenAI, Anthropic and others
            Pattern.compile(START + "sk-[A-Za-z0-9_-]{20,255}+"),
            // Slack
            Pattern.compile(START + "xox[abeoprs]-[A-Za-z0-9-]{10,255}+"),
            Pattern.compile("https://hooks\\.slack\\.com/services/[A-Za-z0-9/]{20,100}+"),
            // Google, Hugging Face
            Pattern.compile(START + "AIza[A-Za-z0-9_-]{35}" + END),
            Pattern.compile(START + "hf_[A-Za-z0-9]{30,100}+"));

    @Override
    public String replaced(String text, String by) {
        String left = KEYS.replaced(text, by);
        for (Pattern form : FORMS) {
            left = form.matcher(left).replaceAll(Matcher.quoteReplacement(by));
        }
        return left;
    }
}

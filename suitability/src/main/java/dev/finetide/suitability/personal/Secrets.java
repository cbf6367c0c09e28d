package dev.finetide.suitability.personal;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds keys and tokens by the forms that their issuers gave them, so that scanners can find them.
final class Secrets implements Redaction.Finder {
    private static final String START = "(?<![A-Za-z0-9_-])";
    private static final String END = "(?![A-Za-z0-9_-])";
    private static final PrivateKeys KEYS = new PrivateKeys();
    private static final List<Form> FORMS = List.of(
            // JSON Web Tokens (RFC 7519): header and payload are JSON objects in base64url.
            form(START + "eyJ[A-Za-z0-9_-]{5,}+\\.eyJ[A-Za-z0-9_-]{5,}+\\.[A-Za-z0-9_-]*+", "eyJ"),
            // AWS key ids, and secret keys beside their name.
            form(START + "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}" + END, "AKIA", "ASIA", "ABIA", "ACCA"),
            form(
                    "(?i)(?<=aws_secret_access_key)[\"' ]{0,3}[:=][\"' ]{0,3}[A-Za-z0-9/+=]{40}(?![A-Za-z0-9/+=])",
                    "aws_secret_access_key",
                    "AWS_SECRET_ACCESS_KEY"),
            // GitHub
            form(START + "gh[pousr]_[A-Za-z0-9]{36,255}+", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
            form(START + "github_pat_[A-Za-z0-9_]{22,255}+", "github_pat_"),
            // OpenAI, Anthropic and others
            form(START + "sk-[A-Za-z0-9_-]{20,255}+", "sk-"),
            // Slack
            form(START + "xox[abeoprs]-[A-Za-z0-9-]{10,255}+", "xox"),
            form("https://hooks\\.slack\\.com/services/[A-Za-z0-9/]{20,100}+", "hooks.slack.com"),
            // Google, Hugging Face
            form(START + "AIza[A-Za-z0-9_-]{35}" + END, "AIza"),
            form(START + "hf_[A-Za-z0-9]{30,100}+", "hf_"));

    /// A form of a key.
    ///
    /// @param signs texts one of which every key of this form has: to look for them is much faster
    private record Form(Pattern pattern, List<String> signs) {
        boolean mayBeIn(String text) {
            return signs.stream().anyMatch(text::contains);
        }
    }

    private static Form form(String pattern, String... signs) {
        return new Form(Pattern.compile(pattern), List.of(signs));
    }

    @Override
    public String replaced(String text, String by) {
        String left = KEYS.replaced(text, by);
        for (Form form : FORMS) {
            if (form.mayBeIn(left)) {
                left = form.pattern().matcher(left).replaceAll(Matcher.quoteReplacement(by));
            }
        }
        return left;
    }
}

package dev.finetide.suitability.personal;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds keys and tokens by the forms that their issuers gave them, so that scanners can find them;
/// and passwords in addresses and beside their names.
final class Secrets implements Redaction.Finder {
    private static final String START = "(?<![A-Za-z0-9_-])";
    private static final String END = "(?![A-Za-z0-9_-])";
    /// A word of these beside a secret says that it is none.
    private static final Pattern PLACEHOLDER =
            Pattern.compile("(?i)your|example|placeholder|change.?me|x{4}|\\*{3}|\\.{3}|<|\\$\\{|test.?token|dummy");

    /// Names of fields and functions in code: os.environ, args.token1.
    private static final Pattern CODE = Pattern.compile("[A-Za-z_]\\w{0,40}(?:\\.[A-Za-z_]\\w{0,40}){1,8}");

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
            // GitHub, GitLab
            form(START + "gh[pousr]_[A-Za-z0-9]{36,255}+", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
            form(START + "github_pat_[A-Za-z0-9_]{22,255}+", "github_pat_"),
            form(START + "gl(?:pat|dt|rt|ptt|agent|soat)-[A-Za-z0-9_-]{20,255}+", "gl"),
            // OpenAI, Anthropic and others. A name of a style sheet has no digits: sk-folding-cube-animation.
            form(START + "sk-(?=[A-Za-z_-]{0,255}\\d)[A-Za-z0-9_-]{20,255}+", "sk-"),
            form(
                    START + "(?:gsk|r8)_[A-Za-z0-9]{30,100}+|" + START + "xai-[A-Za-z0-9]{60,120}+",
                    "gsk_",
                    "r8_",
                    "xai-"),
            // Slack, Telegram
            form(START + "(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}+", "xox", "xapp-"),
            form("https://hooks\\.slack\\.com/services/[A-Za-z0-9/]{20,100}+", "hooks.slack.com"),
            form(START + "\\d{8,10}:AA[A-Za-z0-9_-]{33}" + END, ":AA"),
            // Google, Hugging Face
            form(START + "AIza[A-Za-z0-9_-]{35}" + END, "AIza"),
            form(START + "(?:ya29\\.|GOCSPX-)[A-Za-z0-9_-]{25,255}+", "ya29.", "GOCSPX-"),
            form(START + "hf_[A-Za-z0-9]{30,100}+", "hf_"),
            // Stripe, Square, Shopify
            form(START + "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,255}+", "k_live_", "k_test_"),
            form(START + "sq0(?:atp|csp)-[A-Za-z0-9_-]{22,64}+", "sq0"),
            form(START + "shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}" + END, "shp"),
            // npm, PyPI
            form(START + "npm_[A-Za-z0-9]{36}" + END + "|" + START + "pypi-[A-Za-z0-9_-]{50,255}+", "npm_", "pypi-"),
            // SendGrid, Mailgun, Twilio
            form(START + "SG\\.[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{30,60}+", "SG."),
            form(START + "(?:key-|SK)[a-f0-9]{32}" + END, "key-", "SK"),
            // DigitalOcean, Azure, Databricks, Vault, Grafana, New Relic, Linear
            form(START + "do[opr]_v1_[a-f0-9]{64}" + END, "_v1_"),
            form("AccountKey=[A-Za-z0-9+/]{80,100}={0,2}", "AccountKey="),
            form(
                    START + "dapi[a-f0-9]{32}(?:-\\d)?" + END + "|" + START + "hvs\\.[A-Za-z0-9_-]{24,255}+",
                    "dapi",
                    "hvs."),
            form(START + "glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}" + END, "glsa_"),
            form(
                    START + "NRAK-[A-Z0-9]{27}" + END + "|" + START + "lin_api_[A-Za-z0-9]{40}" + END,
                    "NRAK-",
                    "lin_api_"),
            // Passwords in addresses, https://name:password@host, but for the words that stand for one
            form(
                    "(://[A-Za-z0-9._%+-]{0,64}+:)(?!(?i:pass|password|passwd|pwd|secret|token|pw)@)"
                            + "[^\\s:/@<>\"'{}\\[\\]$]{3,128}+(?=@)",
                    "://"),
            // Passwords and keys beside their name, in letters and digits
            form(
                    "(?i)(?<![a-z])((?:password|passwd|passphrase|pwd|secret|secret[_-]?key|api[_-]?key|apikey"
                            + "|access[_-]?key|access[_-]?token|auth[_-]?token|client[_-]?secret)[\"']?\\s{0,3}[:=]\\s{0,3}[\"']?)"
                            + "(?=[^\\s\"'<>(),;]{0,128}[A-Z])(?=[^\\s\"'<>(),;]{0,128}\\d)[^\\s\"'<>(),;\\[\\]]{8,128}+(?![(\\[])",
                    "password",
                    "Password",
                    "PASSWORD",
                    "pass",
                    "pwd",
                    "PWD",
                    "secret",
                    "SECRET",
                    "key",
                    "KEY",
                    "Key",
                    "token",
                    "TOKEN"),
            form(
                    "(?i)(authorization[\"']?[:=] ?[\"']?(?:bearer|token|basic) )(?=[^\\s\"']{0,255}\\d)[A-Za-z0-9._~+/=-]{16,255}+",
                    "uthorization",
                    "AUTHORIZATION"));

    /// A form of a key.
    ///
    /// @param pattern a form whose first group, if there is one, stays
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
                left = form.pattern()
                        .matcher(left)
                        .replaceAll(found -> Matcher.quoteReplacement(replacement(found, by)));
            }
        }
        return left;
    }

    private static String replacement(MatchResult found, String by) {
        if (found.groupCount() == 0) {
            return by;
        }
        String named = found.group(1);
        String secret = found.group().substring(named.length());
        boolean isSecret =
                !PLACEHOLDER.matcher(secret).find() && !CODE.matcher(secret).matches();
        return isSecret ? named + by : found.group();
    }
}

package dev.finetide.cli.eval;

import dev.finetide.cli.client.Names;
import dev.finetide.proto.evaluation.v1.Retrieval;
import dev.finetide.proto.evaluation.v1.Retriever;
import java.util.List;

/// Passages of a prompt as a user types them: `3`, `5:fused:in=manual@2`; in an arm after `passages:`.
public final class PassagesText {
    private static final String BEGIN = "passages:";
    private static final String NONE = "none";
    private static final String TRAIN = "train";

    private PassagesText() {}

    static boolean begins(String part) {
        return part.startsWith(BEGIN);
    }

    /// Whether a part of an arm says that the arm has no passages: `passages:none`.
    static boolean isNone(String part) {
        return part.equals(BEGIN + NONE);
    }

    /// Reads a part of an arm.
    ///
    /// @param arm text of the whole arm, for messages
    /// @param part text of the passages, which begins with `passages:`
    /// @param documents document set in which arms look that name none; empty for the train rows
    static Retrieval parse(String arm, String part, String documents, Names names) {
        return parse("arm \"" + arm + "\": \"" + part + "\"", part.substring(BEGIN.length()), documents, BEGIN, names);
    }

    /// Reads the passages of rows to learn.
    ///
    /// @param option name of the option, for messages
    public static Retrieval ofOption(String option, String value, Names names) {
        return parse(option + " \"" + value + "\"", value, "", "", names);
    }

    private static Retrieval parse(String written, String value, String documents, String begin, Names names) {
        List<String> words = List.of(value.split(":", -1));
        if (!words.getFirst().matches("[1-9]\\d{0,2}")) {
            throw ArmText.usage(written + " has no number of passages; expected " + begin + "3");
        }
        Retrieval.Builder retrieval = Retrieval.newBuilder()
                .setCount(Integer.parseInt(words.getFirst()))
                .setRetriever(Retriever.BM25);
        retrieval.setDocuments(documents.isEmpty() ? "" : names.datasetVersion(documents));
        for (String word : words.subList(1, words.size())) {
            switch (word) {
                case "words" -> retrieval.setRetriever(Retriever.BM25);
                case "dense" -> retrieval.setRetriever(Retriever.DENSE);
                case "fused" -> retrieval.setRetriever(Retriever.FUSED);
                default -> retrieval.setDocuments(place(written, word, names));
            }
        }
        return retrieval.build();
    }

    private static String place(String written, String word, Names names) {
        if (!word.startsWith("in=") || word.length() == 3) {
            throw ArmText.usage(
                    written + ": unknown \"" + word + "\"; expected words, dense, fused, in=NAME@VERSION or in=train");
        }
        String place = word.substring(3);
        return place.equals(TRAIN) ? "" : names.datasetVersion(place);
    }

    /// Returns the part of an arm's name: "passages-3", "passages-3-dense".
    static String name(Retrieval retrieval) {
        return "passages-" + retrieval.getCount()
                + switch (retrieval.getRetriever()) {
                    case DENSE -> "-dense";
                    case FUSED -> "-fused";
                    case BM25, RETRIEVER_UNSPECIFIED, UNRECOGNIZED -> "";
                };
    }

    /// Returns passages in words: "3 passages of manual@2 by words".
    public static String words(Retrieval retrieval) {
        String how = switch (retrieval.getRetriever()) {
            case DENSE -> " by meaning";
            case FUSED -> " by words and meaning";
            case BM25, RETRIEVER_UNSPECIFIED, UNRECOGNIZED -> " by words";
        };
        String where = retrieval.getDocuments().isEmpty() ? "the train rows" : Names.brief(retrieval.getDocuments());
        return retrieval.getCount() + (retrieval.getCount() == 1 ? " passage of " : " passages of ") + where + how;
    }
}

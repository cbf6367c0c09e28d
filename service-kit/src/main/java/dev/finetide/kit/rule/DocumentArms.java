package dev.finetide.kit.rule;

import dev.finetide.kit.error.ApiException;
import dev.finetide.kit.error.ApiException.FieldViolation;
import dev.finetide.proto.dataset.v1.DatasetVersion;
import dev.finetide.proto.evaluation.v1.Arm;
import dev.finetide.proto.evaluation.v1.Retrieval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Arms with the document sets in which they look passages up.
///
/// @param arms all arms, with the numbers of the versions that they name
/// @param versions the document sets, each once
public record DocumentArms(List<Arm> arms, List<DatasetVersion> versions) {
    private static final String PASSAGES = "{passages}";
    private static final String QUESTION = "{question}";

    /// Finds the document sets of arms.
    ///
    /// @param field name of the arms' field in the request
    /// @param find finds a dataset version by its name
    /// @throws ApiException INVALID_FIELD for a version that is no document set, and what `find` throws
    public static DocumentArms of(String field, List<Arm> arms, Function<String, DatasetVersion> find) {
        Map<String, DatasetVersion> versions = new LinkedHashMap<>();
        List<Arm> resolved = new ArrayList<>();
        for (int i = 0; i < arms.size(); i++) {
            Arm.Builder arm = arms.get(i).toBuilder();
            for (int p = 0; p < arm.getPromptingsCount(); p++) {
                String name = arm.getPromptings(p).getRetrieval().getDocuments();
                if (!name.isEmpty()) {
                    DatasetVersion version = find.apply(name);
                    DocumentRules.noDocuments(at(field, i, p) + ".documents", version)
                            .ifPresent(problem -> {
                                throw ApiException.invalidFields(List.of(problem));
                            });
                    versions.put(version.getName(), version);
                    arm.getPromptingsBuilder(p).getRetrievalBuilder().setDocuments(version.getName());
                }
            }
            resolved.add(arm.build());
        }
        return new DocumentArms(resolved, List.copyOf(versions.values()));
    }

    /// Returns the names of document sets with their fields, in the order of the arms.
    ///
    /// @param field name of the arms' field in the request
    public static Map<String, String> names(String field, List<Arm> arms) {
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < arms.size(); i++) {
            for (int p = 0; p < arms.get(i).getPromptingsCount(); p++) {
                String name = arms.get(i).getPromptings(p).getRetrieval().getDocuments();
                if (!name.isEmpty()) {
                    names.put(at(field, i, p) + ".documents", name);
                }
            }
        }
        return names;
    }

    private static String at(String field, int arm, int prompting) {
        return field + "[" + arm + "].promptings[" + prompting + "].retrieval";
    }

    /// Returns what is wrong with how passages are looked up.
    ///
    /// @param at name of the retrieval's field
    public static Optional<FieldViolation> violation(String at, Retrieval retrieval) {
        String template = retrieval.getTemplate();
        if (retrieval.getCount() == 0 && !retrieval.getDocuments().isEmpty()) {
            return Optional.of(new FieldViolation(
                    at + ".count", "expected the number of passages of " + retrieval.getDocuments() + ", got 0"));
        }
        if (!template.isEmpty() && !(isOnceIn(template, PASSAGES) && isOnceIn(template, QUESTION))) {
            return Optional.of(
                    new FieldViolation(at + ".template", "expected a text with {passages} and {question} once each"));
        }
        return Optional.empty();
    }

    private static boolean isOnceIn(String template, String place) {
        int first = template.indexOf(place);
        return first >= 0 && first == template.lastIndexOf(place);
    }
}

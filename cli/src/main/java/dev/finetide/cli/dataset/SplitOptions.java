package dev.finetide.cli.dataset;

import dev.finetide.proto.dataset.v1.OverlapAction;
import dev.finetide.proto.dataset.v1.SplitRules;
import picocli.CommandLine.Option;

/// Options that say how rows get their splits.
public final class SplitOptions {
    private enum Overlap {
        KEEP,
        REFUSE,
        MOVE
    }

    @Option(
            names = "--split-column",
            paramLabel = "COLUMN",
            description = "Key or column whose value is the split of its row.")
    private String column;

    @Option(
            names = "--validation-fraction",
            paramLabel = "PART",
            description = "Fraction of the train rows held out for validation, by hash of their input.")
    private Double validationFraction;

    @Option(
            names = "--test-fraction",
            paramLabel = "PART",
            description = "Fraction of the train rows held out for the test, by hash of their input; default: 0.1 if no"
                    + " row is a test row, else 0.")
    private Double testFraction;

    @Option(
            names = "--group-column",
            paramLabel = "COLUMN",
            description = "Key or column whose equal values stay in one split, such as a customer.")
    private String groupColumn;

    @Option(
            names = "--overlap",
            paramLabel = "keep|refuse|move",
            description =
                    "Rows whose input is also in an earlier split: keep and count them, refuse the upload, or move"
                            + " them to the earlier split; default: keep.")
    private Overlap overlap;

    public SplitRules rules() {
        SplitRules.Builder rules = SplitRules.newBuilder();
        if (column != null) {
            rules.setColumn(column);
        }
        if (validationFraction != null) {
            rules.setValidationFraction(validationFraction);
        }
        if (testFraction != null) {
            rules.setTestFraction(testFraction);
        }
        if (groupColumn != null) {
            rules.setGroupColumn(groupColumn);
        }
        if (overlap != null) {
            rules.setOverlap(action(overlap));
        }
        return rules.build();
    }

    private static OverlapAction action(Overlap overlap) {
        return switch (overlap) {
            case KEEP -> OverlapAction.KEEP_OVERLAP;
            case REFUSE -> OverlapAction.REFUSE_OVERLAP;
            case MOVE -> OverlapAction.MOVE_OVERLAP;
        };
    }
}

package dev.finetide.metrics.fitness;

/// The limits of the suitability report's verdict and of `finetide advise`, in one place, so that forecast and
/// comparison never differ by a limit. Shares are from 0 to 1.
public final class FitnessRules {
    /// Part of the train rows that may contradict others before training is not recommended.
    public static final double TOLERATED_CONTRADICTIONS = 0.05;

    /// Part of the train rows that may have another row's question with an answer in other words, before
    /// somebody should look whether both say the same: measures cannot tell.
    public static final double TOLERATED_REWORDED = 0.05;

    /// Part of the answers' entropy that may be left when the question is known. With more, answers are no function of
    /// their questions.
    public static final double TOLERATED_ENTROPY = 0.5;

    /// Expected part of wrong labels from which rows are to be mended first.
    public static final double MOST_WRONG_LABELS = 0.2;

    /// Expected part of wrong labels from which a tuned model is held back by them.
    public static final double SOME_WRONG_LABELS = 0.05;

    /// Part of what the most frequent label leaves open that a baseline must answer, so that its doubts about labels
    /// count. Two labels of which 30 % are wrong leave as much; with less, wrong labels look like hard ones.
    public static final double TELLS_LABELS = 0.4;

    /// Part of what the most frequent answer leaves open that a baseline must answer, so that answers depend on their
    /// questions. Of random letters, a baseline that copies them answers a little more.
    public static final double SOME_RELATION = 0.02;

    /// Part of what the most frequent label leaves open that a baseline answers on held-out rows, from which mending
    /// labels can bring little more.
    public static final double VOUCHES_FOR_LABELS = 0.8;

    /// Part of the train rows that contradict others, from which mending them is no way out.
    public static final double MANY_CONTRADICTIONS = 0.25;

    /// Different questions below which nothing can be learnt or compared.
    public static final int FEWEST_QUESTIONS = 10;

    /// Different questions below which examples in the prompt do as well as training.
    public static final int FEW_SHOT_QUESTIONS = 50;

    /// Rows of a label, on average, below which examples in the prompt do as well as training.
    public static final double FEW_ROWS_A_LABEL = 5;

    /// Words of an answer, as a median, up to which answers that repeat are labels. Longer ones are texts.
    public static final int LONGEST_LABEL = 8;

    /// Different questions below which a steep curve says that rows are missing.
    public static final int FEW_QUESTIONS = 200;

    /// Gain in the metric, as a part of its largest number, that makes twice the rows worth collecting.
    public static final double STEEP = 0.03;

    /// Part of the best number that a linear model of words reaches where no language model is needed.
    public static final double LINEAR_CEILING = 0.95;

    /// Rank correlation of questions and answers below which no relation shows.
    public static final double NO_CORRELATION = 0.1;

    /// Rank correlation of questions and answers from which similar questions have similar answers ("large" by Cohen).
    public static final double STRONG_CORRELATION = 0.5;

    /// Part of the rows that offer tools, from which answers need a system.
    public static final double WITH_TOOLS = 0.5;

    /// Rows with calls below which the base's own way to call functions is the better start.
    public static final int FEW_CALLS = 300;

    /// Part of perishable answers from which they are better looked up.
    public static final double MOSTLY_PERISHABLE = 0.3;

    /// Part of perishable answers that is worth a word.
    public static final double SOMEWHAT_PERISHABLE = 0.05;

    /// Part of the answers that stand in their questions, from which a change of facts does no harm.
    public static final double EXTRACTED = 0.5;

    /// Part of the answers that stand in other rows, from which they are better looked up.
    public static final double LOOKED_UP = 0.5;

    /// Part of short answers that stand nowhere, from which a model would have to know facts that no row tells.
    public static final double FACTS_FROM_NOWHERE = 0.7;

    /// Part of the train questions that may be near to others.
    public static final double TOLERATED_DUPLICATES = 0.2;

    /// Part of the questions of a later split that may stand in an earlier one.
    public static final double TOLERATED_LEAKS = 0.01;

    /// Parts of rows with personal data, with refusals and unsafe texts that are worth a word.
    public static final double TOLERATED_PERSONAL = 0.01;

    public static final double TOLERATED_REFUSALS = 0.02;
    public static final double TOLERATED_UNSAFE = 0.005;

    /// Parts of JSON answers that follow one schema, between which some answers look odd. With fewer, fields are
    /// optional, and none is odd.
    public static final double SOME_SCHEMA = 0.5;

    public static final double ONE_SCHEMA = 0.99;

    /// Part of the rows that may be longer than the base's context.
    public static final double TOLERATED_BEYOND_CONTEXT = 0.05;

    private FitnessRules() {}

    /// Returns whether so many train rows contradict others that training on them is not recommended.
    public static boolean contradict(long contradictingRows, long trainRows) {
        return contradictingRows > TOLERATED_CONTRADICTIONS * trainRows;
    }

    /// Returns whether answers are no function of their questions.
    ///
    /// @param contradictingShare part of the rows that contradict others
    /// @param entropy entropy of all answers in bits
    /// @param conditionalEntropy what of it is left when the question is known, in bits, in rows
    ///     whose question stands twice or more
    public static boolean isNoFunction(double contradictingShare, double entropy, double conditionalEntropy) {
        return contradictingShare >= MANY_CONTRADICTIONS && conditionalEntropy > TOLERATED_ENTROPY * entropy;
    }

    /// Returns whether a linear model of words answers so well that little is left to gain.
    ///
    /// @param value its number
    /// @param best largest number of the metric
    public static boolean isLinear(double value, double best) {
        return value >= LINEAR_CEILING * best;
    }

    /// Returns whether a baseline clearly beats the most frequent answer.
    ///
    /// @param low lower bound of the baseline
    /// @param high upper bound of the most frequent answer
    public static boolean isRelated(double low, double high) {
        return low > high;
    }
}

package dev.finetide.worker.evaluate.endpoint;

/// Says why an endpoint answers no question: the arm cannot go on.
public final class EndpointFailedException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    public EndpointFailedException(String problem) {
        super(problem);
    }
}

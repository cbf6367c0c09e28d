package dev.finetide.kit.auth;

/// Learns how calls end that the audit tells of.
interface CallWitness {
    /// Learns that a call was denied.
    ///
    /// @param reason name of the error's reason
    void denied(CallRecord call, String reason);

    /// Learns that a call that may change something has succeeded.
    void changed(CallRecord call);
}

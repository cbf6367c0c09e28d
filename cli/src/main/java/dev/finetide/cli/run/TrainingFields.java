package dev.finetide.cli.run;

import java.util.Map;

/// Maps the fields of a request to the options of [TrainingOptions].
final class TrainingFields {
    /// Option by the path of the field that it sets.
    static final Map<String, String> OPTION_BY_FIELD = Map.ofEntries(
            Map.entry("config.dataset_version", "--dataset"),
            Map.entry("config.base", "--base"),
            Map.entry("config.model", "--model"),
            Map.entry("config.method", "--method"),
            Map.entry("config.lora.rank", "--rank"),
            Map.entry("config.lora.alpha", "--alpha"),
            Map.entry("config.lora.dropout", "--dropout"),
            Map.entry("config.lora.use_rslora", "--rslora"),
            Map.entry("config.lora.use_dora", "--dora"),
            Map.entry("config.lora.target_modules", "--target-modules"),
            Map.entry("config.learning_rate", "--lr"),
            Map.entry("config.warmup_steps", "--warmup-steps"),
            Map.entry("config.warmup_ratio", "--warmup-ratio"),
            Map.entry("config.schedule", "--schedule"),
            Map.entry("config.batch_size", "--batch-size"),
            Map.entry("config.epochs", "--epochs"),
            Map.entry("config.max_steps", "--max-steps"),
            Map.entry("config.weight_decay", "--weight-decay"),
            Map.entry("config.weight_decay_on", "--weight-decay-on"),
            Map.entry("config.max_grad_norm", "--max-grad-norm"),
            Map.entry("config.neftune_alpha", "--neftune-alpha"),
            Map.entry("config.seed", "--seed"),
            Map.entry("config.max_length", "--max-length"),
            Map.entry("config.checkpoint_every_steps", "--checkpoint-every"),
            Map.entry("config.save_total_limit", "--save-total-limit"),
            Map.entry("config.precision", "--precision"),
            Map.entry("config.device", "--device"),
            Map.entry("config.threads", "--threads"),
            Map.entry("config.memory_budget_bytes", "--memory-budget"),
            Map.entry("config.micro_batch_tokens", "--micro-batch-tokens"),
            Map.entry("config.qlora", "--qlora"),
            Map.entry("config.packing", "--packing"),
            Map.entry("config.activation_checkpointing", "--activation-checkpointing"),
            Map.entry("config.evaluation.max_new_tokens", "--eval-max-new-tokens"),
            Map.entry("config.evaluation.max_rows", "--eval-max-rows"),
            Map.entry("config.priority", "--priority"),
            Map.entry("config.max_attempts", "--max-attempts"),
            Map.entry("config.validation.fraction", "--validation-fraction"),
            Map.entry("config.validation.every_steps", "--validate-every"),
            Map.entry("config.validation.patience", "--early-stop-patience"),
            Map.entry("config.validation.min_delta", "--early-stop-delta"),
            Map.entry("config.validation.result", "--result"),
            Map.entry("config.from_model_version", "--from"),
            Map.entry("config.dry_run", "--dry-run"));

    private TrainingFields() {}
}

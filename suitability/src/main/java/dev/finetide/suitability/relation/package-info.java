/// Says how answers depend on questions: contradictions, baselines, where answers stand.
package dev.finetide.suitability.relation;

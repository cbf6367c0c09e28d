/// Workers of simulated pods, and the requests that a cluster's API server counts.
package dev.finetide.e2e.scale;

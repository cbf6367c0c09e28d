/// Workers of simulated pods, and what a cluster's API server says of its clients.
package dev.finetide.e2e.scale;

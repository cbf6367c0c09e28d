/// Says whether more rows would help: the learning curve of a baseline, and what it forecasts.
package dev.finetide.suitability.curve;

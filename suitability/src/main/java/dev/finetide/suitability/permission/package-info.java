/// Says whether the rows may be used: personal data, refusals, boilerplate, unsafe texts, licences.
package dev.finetide.suitability.permission;

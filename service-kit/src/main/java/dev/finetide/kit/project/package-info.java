/// Knows the members, rules and limits of projects in every service, by events of registry-service.
package dev.finetide.kit.project;

/// `config.json` of each supported family, and the weights that it asks for.
package dev.finetide.modelfiles.config;

/// The `finetide` command: one class a subcommand, registered in [dev.finetide.cli.Main].
package dev.finetide.cli;

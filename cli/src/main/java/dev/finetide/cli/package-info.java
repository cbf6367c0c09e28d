/// The `finetide` command. Each subcommand is a class, registered in [dev.finetide.cli.Main].
package dev.finetide.cli;

/// The parts of Hugging Face's model formats that several programs read: configs and their families, the table of
/// weights, the header of a safetensors file, the chat template. A file is untrusted input; every reader here checks
/// what it reads before it allocates, and throws [dev.finetide.modelfiles.ModelFormatException] with the file, the
/// field and both values.
package dev.finetide.modelfiles;

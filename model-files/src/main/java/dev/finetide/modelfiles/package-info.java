/// The parts of Hugging Face's model formats that several programs read: the header of a safetensors file, and the
/// names of a decoder's linear layers. A file is untrusted input; every reader here checks what it reads before it
/// allocates, and throws [dev.finetide.modelfiles.ModelFormatException] with the file, the field and both values.
package dev.finetide.modelfiles;

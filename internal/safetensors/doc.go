// Package safetensors reads and writes named arrays in the safetensors format:
// the length of a header in eight bytes, the header in JSON, and the values,
// little-endian, one array after the other.
//
// Its nouns: a [File] holds [Tensor] values and text about them; a [DType] is
// the type of a tensor's elements; a [Taker] takes the weights of a network.
//
// It reads strictly: a file is refused unless every byte of it is accounted
// for. Source: the format's description at
// https://huggingface.co/docs/safetensors.
package safetensors

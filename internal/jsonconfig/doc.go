// Package jsonconfig reads and writes the configurations and options of
// environments as JSON ([Decode], [Encode]), strictly: what is unknown or of
// the wrong type is an *env.FieldError with its path.
package jsonconfig

// Package spacejson writes declarations of spaces (env.Space) as JSON, for files
// that outlive the program, and reads them back. Its nouns: Marshal and
// Unmarshal, and Number, a bound that may be infinite.
package spacejson

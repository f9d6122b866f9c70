// Package pull reads the data sets of a server, and adds to them.
//
// The nouns:
//
//   - Client: a connection, made by [Dial]. It lists and describes data sets,
//     and appends episodes.
//   - Puller: a sample.Source whose batches come from the server. For the same
//     query it gives the same bytes as a sample.Reader over the same files. It
//     connects again where a connection is lost, and goes on after the last
//     batch that arrived.
package pull

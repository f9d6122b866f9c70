// Package public fetches the data sets of the papers from where their authors
// published them, into the layout of a data directory.
//
// The nouns:
//
//   - [Set]: a data set: its source, license, and [File]s.
//   - [File]: where a file is published, and its size and SHA-256.
//   - [Made]: a file that is made of others, as its source has another format;
//     its own SHA-256 is pinned.
//   - [Puller]: fetches sets, and goes on where it was interrupted.
//
// manifest/ lists the files: after "from REPOSITORY/COMMIT/DIRECTORY" and "to
// DIRECTORY", a line "SHA-256 SIZE NAME" for each.
//
// Every file is of one commit and is checked against its SHA-256; what differs
// is not kept. The hashes are those of the files that the content hashes of
// scenarios were taken from. Checkpoints and pickles have no pinned hash of
// their own: what is made of them has. They are read as data: nothing in them
// is run.
package public

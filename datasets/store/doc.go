// Package store keeps data sets by name, below one directory, for those who
// add to them and read them at the same time: sessions that record themselves,
// agents that append what they did, trainers that pull.
//
// Its one noun: a [Store]. It shares one traj.Writer for each data set among
// all who add to it, closes it when it has rested for a while, and finishes
// what is being written for those who read, as often as does the files no harm.
//
// # Owners
//
// Where everybody may see everything, data set NAME is the directory DIR/NAME.
// Where calls have owners, each owner's data sets lie in DIR/@OWNER (characters
// of the owner's name that are no letters, digits, ".", "_" or "-" are written
// as %XX): nobody else sees them. What lies directly in DIR is for all owners
// to read, and for none to add to: it is what the operator of the server put
// there. An owner can't use the name of such a data set.
package store
